#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace mongotail::mongo {

/// The member that a stream reads, for others that read beside it from another thread. Thread-safe.
class CurrentMember {
 public:
  /// `server_id` as in Member.
  void set(std::uint32_t server_id) { server_id_ = server_id; }
  /// nullopt before the stream has chosen its first.
  std::optional<std::uint32_t> server_id() const {
    const std::int64_t id = server_id_;
    return id == none ? std::nullopt : std::optional(static_cast<std::uint32_t>(id));
  }

 private:
  static constexpr std::int64_t none = -1;
  std::atomic<std::int64_t> server_id_{none};
};

}  // namespace mongotail::mongo

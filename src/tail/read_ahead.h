#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "oplog/source.h"
#include "tail/input.h"

namespace mongotail::tail {

/// Reads a source on a thread of its own, a few batches ahead of whoever prints them, so that the
/// server sends while the program formats. Memory is bounded: while the batches that wait hold
/// `kept_bytes`, the source is not asked for more.
class ReadAhead final : public Input {
 public:
  static constexpr std::size_t kept_bytes = 512u << 10;

  /// A stop request ends waiting; it can't wake the source, so the destructor may take as long as
  /// one call of it.
  /// `came` is called by the thread after it has added an item where none waited.
  ReadAhead(std::unique_ptr<oplog::Source> source, std::stop_token stop,
            std::function<void()> came = {});
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() override;

  std::optional<Item> next(std::optional<std::chrono::milliseconds> patience) override;
  bool ready() const override;

 private:
  void run(std::stop_token own_stop);
  bool has_room() const { return items_.empty() || waiting_bytes_ < kept_bytes; }

  std::unique_ptr<oplog::Source> source_;
  std::stop_token stop_;
  std::function<void()> came_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;
  std::size_t waiting_bytes_ = 0;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mongotail::tail

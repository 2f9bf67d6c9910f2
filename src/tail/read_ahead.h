#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
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
/// `kept_bytes`, or a large one is being printed, the source is not asked for more.
class ReadAhead final : public Input {
 public:
  static constexpr std::size_t kept_bytes = 512u << 10;
  static constexpr std::size_t large_item = 8u << 20;

  /// A stop request ends waiting; it can't wake the source, so the destructor may take as long as
  /// one call of it.
  /// `came` is called by the thread after it has added an item where none waited.
  /// Between an item of at least `large` bytes and the call of next() that follows it nothing
  /// is read: for whoever has done with an item by then, and asks for the next in any case.
  ReadAhead(std::unique_ptr<oplog::Source> source, std::stop_token stop,
            std::function<void()> came = {}, std::size_t large = SIZE_MAX);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() override;

  std::optional<Item> next(std::optional<std::chrono::milliseconds> patience) override;
  bool ready() const override;

 private:
  void run(std::stop_token own_stop);
  bool has_room() const {
    return taken_bytes_ < large_item_ && (items_.empty() || waiting_bytes_ < kept_bytes);
  }

  std::unique_ptr<oplog::Source> source_;
  std::stop_token stop_;
  std::function<void()> came_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;
  std::size_t waiting_bytes_ = 0;
  std::size_t taken_bytes_ = 0;  // of the item that next() returned last
  std::size_t large_item_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mongotail::tail

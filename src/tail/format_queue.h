#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "output/format.h"
#include "tail/line_block.h"

namespace mongotail::tail {

/// Formats blocks of operations on two threads: a helper of its own, and the caller's while that
/// waits. They come back in the order in which they were given.
class FormatQueue {
 public:
  /// Both must outlive the object and format alike, each operation for itself
  /// (Formatter::lines_are_independent()). `callers` is used by pop() alone, and neither of them
  /// while the queue is empty.
  FormatQueue(output::Formatter& callers, output::Formatter& helpers);
  FormatQueue(const FormatQueue&) = delete;
  FormatQueue& operator=(const FormatQueue&) = delete;
  /// Drops what is left, and waits for a block that is being formatted.
  ~FormatQueue();

  void push(LineBlock block);
  /// The oldest block, once it is formatted: formats others while it waits. The queue must not be
  /// empty.
  LineBlock pop();
  /// The same where that is so already.
  std::optional<LineBlock> pop_if_done();

  bool empty() const { return jobs_.empty(); }
  /// Of the documents in it, in bytes.
  std::size_t bytes() const { return bytes_; }

 private:
  enum class State { waiting, taken, done };
  struct Job {
    LineBlock block;
    std::size_t bytes;
    State state = State::waiting;
  };

  void help(std::stop_token stop);
  bool format_next(output::Formatter& formatter, std::unique_lock<std::mutex>& lock);
  LineBlock take_front();

  output::Formatter& callers_;
  output::Formatter& helpers_;
  std::mutex mutex_;
  std::condition_variable_any given_;  // a job waits
  std::condition_variable done_;       // the helper has done one
  std::deque<Job> jobs_;  // only the caller adds and removes; their states belong to the mutex
  std::size_t waiting_ = 0;
  std::size_t bytes_ = 0;
  std::jthread helper_;  // last: it uses the others
};

}  // namespace mongotail::tail

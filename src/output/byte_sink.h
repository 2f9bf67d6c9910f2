#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

#include "base/result.h"

namespace mongotail::output {

/// Where the output goes.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Takes all of `bytes` before it returns, or fails. Cause::output_closed: the reader went away;
  /// Cause::output: the bytes can't be taken (a full disk).
  virtual Status write(std::string_view bytes) = 0;
};

/// A file descriptor, blocking or not, without a buffer of its own. SIGPIPE must be ignored.
class FdSink : public ByteSink {
 public:
  /// What a reader wants whole.
  enum class Unit {
    line,   ///< up to and including a newline
    block,  ///< all that is handed to one write()
  };

  /// The descriptor is not owned. `stop`, where given, must outlive the sink.
  ///
  /// A write that waits for a slow reader returns early once `*stop` is true and a signal meets its
  /// thread: where the reader then takes nothing for 50 ms it fails with Cause::output_closed as
  /// soon as what it has written ends with a whole unit. A signal that comes just before the wait
  /// does not end it, so whoever stops repeats the signal until the write has returned. While the
  /// reader keeps up nothing is dropped, stop or not.
  explicit FdSink(int fd, const std::atomic<bool>* stop = nullptr, Unit unit = Unit::line)
      : fd_(fd), stop_(stop), unit_(unit) {}

  Status write(std::string_view bytes) override;

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }
  bool at_unit_end(std::string_view bytes, std::size_t written) const;
  bool has_room_within(std::chrono::milliseconds patience) const;

  int fd_;
  const std::atomic<bool>* stop_;
  Unit unit_;
};

}  // namespace mongotail::output

#pragma once

#include <optional>

#include "base/fd.h"

namespace mongotail::app {

/// SIGINT, SIGTERM and SIGWINCH as bytes to read: the handlers only write the signal's number to a
/// pipe. One object at a time; at its end the signals have their usual effect again.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Readable when a signal has come.
  int fd() const { return pipe_.read_end.get(); }
  /// The next one; nullopt if none is waiting.
  std::optional<int> take();

 private:
  Pipe pipe_;
};

/// Ends this process as the signal does by default, so that a shell sees it.
[[noreturn]] void die_of(int signal);

}  // namespace mongotail::app

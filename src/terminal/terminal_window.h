#pragma once

#include <atomic>

namespace mongotail::terminal {

/// How wide the lines may be that go to a descriptor: told by the thread that hears of SIGWINCH,
/// read by the one that formats.
class TerminalWindow {
 public:
  /// `columns` holds until the terminal says otherwise; 0 if `fd`, which is not owned, is not a
  /// terminal.
  TerminalWindow(int fd, int columns) : fd_(fd), columns_(columns) {}

  /// Asks the terminal, where it is one and knows.
  void measure();
  int columns() const { return columns_.load(std::memory_order_relaxed); }

 private:
  int fd_;
  std::atomic<int> columns_;
};

}  // namespace mongotail::terminal

#include "terminal/terminal_window.h"

#include <sys/ioctl.h>

namespace mongotail::terminal {

void TerminalWindow::measure() {
  winsize size{};
  if (columns() == 0 || ::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return;
  columns_.store(size.ws_col, std::memory_order_relaxed);
}

}  // namespace mongotail::terminal

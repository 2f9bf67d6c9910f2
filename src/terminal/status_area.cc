#include "terminal/status_area.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <utility>

namespace mongotail::terminal {
namespace {

// Whoever writes to a terminal that takes nothing holds the lock.
constexpr std::chrono::milliseconds longest_wait{20};

TerminalSize size_of(int fd) {
  winsize found{};
  if (::ioctl(fd, TIOCGWINSZ, &found) != 0 || found.ws_row == 0 || found.ws_col == 0) return {};
  return {found.ws_row, found.ws_col};
}

bool has_room(int fd) {
  pollfd room{fd, POLLOUT, 0};
  return ::poll(&room, 1, 0) > 0;
}

// Waits for a slow terminal until a signal comes.
void write_to_terminal(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    // Where stderr itself can't be written to there is nobody to tell.
    if (count < 0 && (errno != EINTR || !has_room(fd))) return;
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

}  // namespace

void StatusArea::open(int fd) {
  const std::scoped_lock lock(mutex_);
  fd_ = fd;
}

void StatusArea::close() {
  const std::unique_lock lock(mutex_, longest_wait);
  if (!lock) return;
  std::string out;
  append_erasure(out);
  draw(out);
  lines_.clear();
  fd_ = -1;
}

TerminalSize StatusArea::size() const {
  const std::scoped_lock lock(mutex_);
  return size_of(fd_);
}

void StatusArea::show(std::string lines) {
  const std::scoped_lock lock(mutex_);
  if (fd_ < 0) return;
  const bool as_drawn = drawn_ && lines == lines_ && size_of(fd_) == drawn_on_;
  lines_ = std::move(lines);
  if (hidden_ || as_drawn) return;
  std::string out;
  append_erasure(out);
  append_lines(out);
  draw(out);
}

void StatusArea::hide() {
  const std::scoped_lock lock(mutex_);
  hidden_ = true;
  std::string out;
  append_erasure(out);
  draw(out);
}

void StatusArea::unhide() {
  const std::scoped_lock lock(mutex_);
  hidden_ = false;
  std::string out;
  append_lines(out);
  draw(out);
}

void StatusArea::print(int fd, std::string_view message) {
  const std::scoped_lock lock(mutex_);
  std::string out;
  if (fd == fd_) append_erasure(out);
  out += message;
  if (fd == fd_ && !hidden_) append_lines(out);
  // At once, so that lines of several programs on a terminal don't mix.
  write_to_terminal(fd, out);
}

void StatusArea::append_erasure(std::string& out) {
  if (std::exchange(drawn_, false)) out += "\r\x1b[J";
}

void StatusArea::append_lines(std::string& out) {
  if (fd_ < 0 || lines_.empty()) return;
  const auto up = std::count(lines_.begin(), lines_.end(), '\n');
  out += lines_;
  out += '\r';
  if (up > 0) fmt::format_to(std::back_inserter(out), "\x1b[{}A", up);
  drawn_ = true;
  drawn_on_ = size_of(fd_);
}

void StatusArea::draw(std::string_view what) const {
  if (has_room(fd_)) write_to_terminal(fd_, what);
}

Status SinkAboveStatus::write(std::string_view bytes) {
  area_.hide();
  auto status = sink_.write(bytes);
  area_.unhide();
  return status;
}

}  // namespace mongotail::terminal

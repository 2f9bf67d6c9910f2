#include "output/byte_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace mongotail::output {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds patience_after_stop = 50ms;

std::string hint_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space, then resume from the last whole line with --after-cursor";
    case EFBIG:
      return "the file is at the limit of its file system or of `ulimit -f`";
    case EBADF:
    case EINVAL:
      return "stdout must be open for writing";
    default:
      return "see that what stdout leads to can still be written";
  }
}

tl::unexpected<Error> write_failed(int error) {
  if (error == EPIPE || error == ECONNRESET) {
    return fail(Cause::output_closed, "the reader of stdout went away");
  }
  return fail(Cause::output,
              fmt::format("can't write to stdout: {}", std::generic_category().message(error)),
              hint_for(error));
}

}  // namespace

bool FdSink::at_unit_end(std::string_view bytes, std::size_t written) const {
  if (written == 0) return true;
  return unit_ == Unit::line && bytes[written - 1] == '\n';
}

bool FdSink::has_room_within(std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd room{fd_, POLLOUT, 0};
    const int ready = ::poll(&room, 1, static_cast<int>(std::max(left, 0ms).count()));
    if (ready >= 0 || errno != EINTR) return ready != 0;
  }
}

Status FdSink::write(std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(fd_, bytes.data() + written, bytes.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    const int error = errno;
    const bool must_wait = error == EAGAIN || error == EWOULDBLOCK;
    if (error != EINTR && !must_wait) return write_failed(error);
    // That a signal ended the wait for a terminal does not say that the terminal is slow.
    if (!has_room_within(patience_after_stop) && stopped() && at_unit_end(bytes, written)) {
      return fail(Cause::output_closed, "stopped while stdout was blocked");
    }
  }
  return {};
}

}  // namespace mongotail::output

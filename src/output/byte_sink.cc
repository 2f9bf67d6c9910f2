#include "output/byte_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace mongotail::output {
namespace {

std::string hint_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space, then go on from the last whole line with --after-cursor";
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

// For a descriptor that was made non-blocking by somebody else; wakes up now and then to see a
// stop.
void FdSink::wait_for_room() const {
  constexpr int patience_ms = 50;
  pollfd room{fd_, POLLOUT, 0};
  ::poll(&room, 1, patience_ms);
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
    if (stopped() && at_unit_end(bytes, written)) {
      return fail(Cause::output_closed, "stopped while the reader of stdout took no more");
    }
    if (must_wait) wait_for_room();
  }
  return {};
}

}  // namespace mongotail::output

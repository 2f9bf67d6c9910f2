#include "base/standard_fds.h"

#include <fcntl.h>
#include <unistd.h>

namespace mongotail {
namespace {

bool is_open_as(int fd, int mode) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_PATH) != 0) return false;
  const int access = flags & O_ACCMODE;
  return access == O_RDWR || access == mode;
}

}  // namespace

void fill_standard_descriptors() {
  for (;;) {
    // The lowest number that is free; unlike /dev/null this file is there in every chroot.
    const int fd = ::open("/", O_PATH | O_CLOEXEC);
    if (fd < 0 || fd > STDERR_FILENO) {
      if (fd >= 0) ::close(fd);
      return;
    }
  }
}

bool is_open_for_reading(int fd) {
  return is_open_as(fd, O_RDONLY);
}

bool is_open_for_writing(int fd) {
  return is_open_as(fd, O_WRONLY);
}

}  // namespace mongotail

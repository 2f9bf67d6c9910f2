#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "base/fd.h"
#include "cli/config.h"

namespace mongotail::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int columns_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Environment Environment::of_process() {
  Environment found;
  found.stdout_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  found.stderr_is_terminal = ::isatty(STDERR_FILENO) == 1;
  found.has_terminal =
      static_cast<bool>(UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)));
  found.terminal_width = found.stdout_is_terminal ? columns_of(STDOUT_FILENO) : 0;
  found.now = std::time(nullptr);
  found.mongotail_uri = variable("MONGOTAIL_URI");
  found.no_color = variable("NO_COLOR");
  found.term = variable("TERM");
  found.columns = variable("COLUMNS");
  return found;
}

}  // namespace mongotail::cli

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"
#include "cli/config.h"

namespace mongotail::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The locale that the environment names, whatever this process is set to. One that is not installed
// is judged by its name, for programs in containers often run without locales.
bool locale_is_utf8() {
  if (const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr)) {
    const bool utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
    ::freelocale(locale);
    return utf8;
  }
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = lower(variable(name));
    if (value.empty()) continue;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
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
  found.utf8 = locale_is_utf8();
  found.terminal_width = found.stdout_is_terminal ? columns_of(STDOUT_FILENO) : 0;
  found.now = std::time(nullptr);
  found.mongotail_uri = variable("MONGOTAIL_URI");
  found.no_color = variable("NO_COLOR");
  found.colors = variable("MONGOTAIL_COLORS");
  found.term = variable("TERM");
  found.columns = variable("COLUMNS");
  return found;
}

}  // namespace mongotail::cli

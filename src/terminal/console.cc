#include "terminal/console.h"

#include <unistd.h>

#include "base/redact_message.h"
#include "base/safe_text.h"

namespace mongotail::terminal {

void Console::detail(std::string_view what) {
  if (options_.verbose) print("mongotail: ", what);
}

void Console::notice(std::string_view what) {
  if ((options_.notices && !options_.quiet) || options_.verbose) print("", what);
}

void Console::requested(std::string_view what) {
  print("", what);
}

void Console::warning(std::string_view what) {
  if (!options_.quiet) print("mongotail: ", what);
}

void Console::error(const Error& error) {
  print("mongotail: ", error.what);
  if (!error.hint.empty()) print("  try: ", error.hint);
}

void Console::print(std::string_view prefix, std::string_view what) {
  std::string line(prefix);
  append_safe_text(redact_message(what), line);
  line += '\n';
  status_.print(STDERR_FILENO, line);
}

}  // namespace mongotail::terminal

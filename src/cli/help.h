#pragma once

#include <string>
#include <string_view>

#include "cli/invocation.h"

namespace mongotail::cli {

/// What --help prints; lines of at most 80 columns, with the last one's end.
std::string_view help_text(Invocation::Command command = Invocation::Command::tail);

/// What --version prints; `driver_version` is that of libmongoc at run time.
std::string version_text(std::string_view driver_version);

}  // namespace mongotail::cli

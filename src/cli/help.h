#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// What --help prints; lines of at most 80 columns, with the last one's end.
std::string_view help_text(Invocation::Command command = Invocation::Command::tail);

/// An error of the command line that also says where the help is, unless its hint says enough.
Error pointing_to_help(Error error, Invocation::Command command);

/// What --version prints; `driver_version` is that of libmongoc at run time.
std::string version_text(std::string_view driver_version);

}  // namespace mongotail::cli

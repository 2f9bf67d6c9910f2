#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// What --help prints: the common flags, on 24 to 40 lines of at most 80 columns.
std::string help_text(Invocation::Command command = Invocation::Command::tail);

/// What --help-all prints: each flag of the command on a line of its own, with its default.
std::string full_help_text(Invocation::Command command = Invocation::Command::tail);

/// An error of the command line that also says where the help is, unless its hint says enough.
Error pointing_to_help(Error error, Invocation::Command command);

/// What --version prints; `driver_version` is that of libmongoc at run time.
std::string version_text(std::string_view driver_version);

}  // namespace mongotail::cli

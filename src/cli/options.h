#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// A first word `serve` is the command of that name.
Invocation::Command command_of(std::span<const std::string> arguments);

/// Reads the command line (without the program's name) and the file that --config names.
/// --help and --version win over all else that is well-formed or not.
/// Cause::usage: a flag that does not exist, lacks its value, or contradicts another;
/// Cause::input: the --config file can't be read. No error holds a password. Where there is
/// nothing better to try than the help, the hint is empty.
Result<Invocation> parse_options(std::span<const std::string> arguments);

}  // namespace mongotail::cli

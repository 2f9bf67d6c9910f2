#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"

namespace mongotail::cli {

/// A command line that CLI11 reads the way it was meant.
struct Argv {
  std::vector<std::string> words;
  std::vector<std::string> arguments;  ///< those of `words` that belong to no flag
  std::vector<const Flag*> flags;      ///< that were typed, in order
  std::string config_file;             ///< the last --config's value; empty if there is none
};

/// Finds what CLI11 would take otherwise than the person meant, and says so or writes it anew: an
/// empty value (`--name=`), `-p` alone, several words after --file, a flag where a value was
/// forgotten, long names with one dash. `typed` has neither the program's name nor the command.
/// Cause::usage: a flag that does not exist, lacks its value, or has one that it does not take.
Result<Argv> read_argv(Invocation::Command command, std::span<const std::string> typed);

}  // namespace mongotail::cli

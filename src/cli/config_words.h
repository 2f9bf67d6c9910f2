#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"

namespace mongotail::cli {

/// What a line of the --config file says, as words for CLI11.
struct ConfigWords {
  std::vector<std::string> words;
  std::vector<const Flag*> flags;
};

/// What the command line leaves standing of the --config file at `path`; `typed`: the flags of the
/// command line. Cause::input: the file can't be read; Cause::usage, with the line.
Result<ConfigWords> read_config_words(Invocation::Command command, const std::string& path,
                                      std::span<const Flag* const> typed);

}  // namespace mongotail::cli

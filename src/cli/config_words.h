#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/definitions.h"

namespace mongotail::cli {

/// The words of the --config file at `path` that the command line leaves standing; `typed`: the
/// long names, with dashes, of the flags that stand there. Cause::input, Cause::usage.
Result<std::vector<Word>> read_config_words(Definitions& definitions, const std::string& path,
                                            const std::set<std::string>& typed);

}  // namespace mongotail::cli

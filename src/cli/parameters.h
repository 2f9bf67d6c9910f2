#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// A flag without its dashes, and its value.
using NamedValue = std::pair<std::string, std::string>;

/// What a request to serve asks for: the flags that are parameters too. One that takes no value is
/// on if its value is empty, `true` or `1`, off if it is `false` or `0`. Cause::usage names the
/// parameter.
Result<Invocation> read_parameters(std::span<const NamedValue> parameters);

}  // namespace mongotail::cli

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// Whether `arguments`, which no flag took, can be the URI: at most one, and not a word that means
/// something else (`help`, `version`, a number, the name of an existing file). Cause::usage with a
/// proposal. No argument is quoted: after a mistyped flag it may be a password.
Status check_arguments(const std::vector<std::string>& arguments, bool uri_given,
                       Invocation::Command command);

}  // namespace mongotail::cli

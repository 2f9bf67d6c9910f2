#pragma once

#include "base/error.h"

namespace mongotail {

/// The exit statuses of the command-line contract.
enum class ExitCode : int {
  success = 0,
  failure = 1,
  usage = 2,
  history_lost = 3,
};

/// The one table from a cause to the status that the shell sees.
ExitCode exit_code_for(Cause cause);

}  // namespace mongotail

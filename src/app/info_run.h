#pragma once

#include "app/console.h"
#include "base/exit_code.h"
#include "cli/info_config.h"

namespace mongotail::app {

/// Runs `mongotail info`. A signal ends it as it ends any program: it has nothing to tidy up.
ExitCode info(cli::InfoConfig config, Console& console);

}  // namespace mongotail::app

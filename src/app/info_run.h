#pragma once

#include "base/exit_code.h"
#include "cli/info_config.h"
#include "terminal/console.h"

namespace mongotail::app {

/// Runs `mongotail info`. A signal ends it as it ends any program: it has nothing to tidy up.
ExitCode info(cli::InfoConfig config, terminal::Console& console);

}  // namespace mongotail::app

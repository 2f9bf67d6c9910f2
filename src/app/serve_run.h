#pragma once

#include "base/exit_code.h"
#include "cli/serve_config.h"
#include "terminal/console.h"

namespace mongotail::app {

/// `mongotail serve`, until a failure (reported on the console) or a signal. As run().
ExitCode serve(cli::ServeConfig config, terminal::Console& console);

}  // namespace mongotail::app

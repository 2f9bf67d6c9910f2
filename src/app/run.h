#pragma once

#include "base/exit_code.h"
#include "cli/config.h"
#include "terminal/console.h"

namespace mongotail::app {

/// Runs to the requested end, or to a failure (reported on the console), or until a signal
/// or the end of stdout's reader. Dies of SIGINT and SIGTERM itself, with whole lines written.
/// Threads that wait for a server may still be running when it returns: leave by std::_Exit.
ExitCode run(cli::Config config, terminal::Console& console);

}  // namespace mongotail::app

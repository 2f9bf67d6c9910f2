#pragma once

#include "base/exit_code.h"

namespace mongotail::app {

/// Parse, resolve, run; every failure has been said on stderr when it returns.
ExitCode main(int argc, const char* const* argv);

}  // namespace mongotail::app

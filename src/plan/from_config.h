#pragma once

#include <optional>

#include "cli/config.h"
#include "read/request.h"
#include "resume/cursor.h"
#include "tail/pump.h"

namespace mongotail::plan {

/// What the flags say of what is to be read. `after`: where an earlier run has got to, if there was
/// one.
read::ReadRequest to_request(const cli::Config& config, std::optional<resume::Cursor> after);

/// What they say of the loop that prints it. `select` is for whoever opens the source.
tail::Pump::Options pump_options(const cli::Config& config);

}  // namespace mongotail::plan

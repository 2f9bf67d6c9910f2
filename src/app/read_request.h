#pragma once

#include <optional>

#include "cli/config.h"
#include "read/request.h"
#include "resume/cursor.h"

namespace mongotail::app {

/// What the flags say of what is to be read. `after`: where an earlier run has got to, if there was
/// one.
read::ReadRequest to_request(const cli::Config& config, std::optional<resume::Cursor> after);

}  // namespace mongotail::app

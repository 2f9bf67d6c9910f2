#pragma once

#include <string>

#include "cli/config.h"

namespace mongotail::remote {

/// What the configuration selects, and from where, as parameters of a request to another mongotail,
/// without the leading `?`. publish::understand() is the reverse.
std::string to_parameters(const cli::Config& config);

}  // namespace mongotail::remote

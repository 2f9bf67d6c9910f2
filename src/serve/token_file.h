#pragma once

#include <string>

#include "base/result.h"

namespace mongotail::serve {

/// The first line of that file. Cause::input where it can't be read, holds no token, or can
/// be read or written by every user of the machine.
Result<std::string> read_token(const std::string& path);

}  // namespace mongotail::serve

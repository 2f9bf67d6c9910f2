#pragma once

#include <functional>
#include <string>

#include "resume/cursor.h"

namespace mongotail::serve {

/// How a place in the stream is written.
using CursorText = std::function<std::string(const resume::Cursor&)>;

}  // namespace mongotail::serve

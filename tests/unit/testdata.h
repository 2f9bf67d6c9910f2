#pragma once

#include <string>
#include <string_view>

namespace mongotail {

/// The path of a file below tests/testdata.
std::string testdata(std::string_view name);

}  // namespace mongotail

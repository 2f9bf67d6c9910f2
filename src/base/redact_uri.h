#pragma once

#include <string>
#include <string_view>

namespace mongotail {

/// A connection string as it may be shown: without its user and password, and with `***` for each
/// secret in its options.
/// Works on text that is no proper URI, and then rather hides too much.
std::string redact_uri(std::string_view uri);

}  // namespace mongotail

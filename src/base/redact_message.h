#pragma once

#include <string>
#include <string_view>

namespace mongotail {

/// A message with every connection string in it as redact_uri() gives it, and without the login of
/// a `user:password@host` that lacks its scheme. Cursors (`SECS:ORD@TERM`) stay, and so do the
/// `user@` and `NAME@` of our own hints. All else is unchanged.
std::string redact_message(std::string_view message);

}  // namespace mongotail

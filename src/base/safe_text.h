#pragma once

#include <string>
#include <string_view>

namespace mongotail {

/// Text from a database or a server, made harmless for a terminal and visible: controls (C0, DEL,
/// C1), line separators, format characters such as bidi controls and zero-width spaces, other
/// default-ignorable code points, and bytes that are not UTF-8 appear as escapes as in mongosh
/// (`\n`,
/// `\x1b`, `\u202e`, `\u{e0001}`). All else is unchanged.
std::string safe_text(std::string_view text);

/// The same, appended to `out`.
void append_safe_text(std::string_view text, std::string& out);

}  // namespace mongotail

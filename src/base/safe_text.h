#pragma once

#include <string>
#include <string_view>

namespace mongotail {

/// Text from a database or a server, made harmless for a terminal: C0, DEL, C1, bidi controls and
/// bytes that are not UTF-8 appear as escapes (`\n`, `\x1b`, `\u202e`); all else is unchanged.
/// Newlines are escaped too.
std::string safe_text(std::string_view text);

/// The same, appended to `out`.
void append_safe_text(std::string_view text, std::string& out);

}  // namespace mongotail

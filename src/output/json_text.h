#pragma once

#include <cstddef>
#include <string_view>

#include "output/buffer.h"
#include "output/text_scan.h"

/// The strings of JSON: quoted, escaped, always UTF-8 (see JsonWriter for the rules).
namespace mongotail::output {

/// Room that values of a fixed size need with what surrounds them: the longest is a canonical
/// Timestamp. Strings and keys leave as much behind their end.
inline constexpr std::size_t fixed_room = 128;

/// Longer strings are written in pieces, so that their worst case is not asked for at once.
inline constexpr std::size_t longest_whole_string = 4096;
/// A byte grows to `\u00XX` at most.
inline constexpr std::size_t worst_escape = 6;

/// Writes `text` without quotes at `at`, where worst_escape * its size must be free; returns where
/// it ends.
char* put_escaped(char* at, std::string_view text);

/// As append_json_string(), for the text at `at` in `out`: returns where the string ends, with
/// fixed_room behind it.
char* put_any_string(char* at, std::string_view text, Buffer& out);

/// The same for a text that a NUL follows, as BSON stores it. `limit` is the end of the memory that
/// may be read, `text` and its NUL lie before it.
inline char* put_stored_string(char* at, std::string_view text, const char* limit, Buffer& out) {
  if (text.size() > longest_whole_string) return put_any_string(at, text, out);
  at = out.room_at(at, worst_escape * text.size() + fixed_room);
  *at++ = '"';
  const char* const end = text.data() + text.size();
  const char* const stop = copy_plain_until(text.data(), limit, at);
  at += stop - text.data();
  if (stop != end) at = put_escaped(at, {stop, static_cast<std::size_t>(end - stop)});
  *at++ = '"';
  return at;
}

}  // namespace mongotail::output

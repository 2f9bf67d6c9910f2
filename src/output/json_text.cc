#include "output/json_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"
#include "output/digits.h"

namespace mongotail::output {
namespace {

constexpr std::size_t longest_sequence = 4;

char* put_escape(char* at, unsigned code_point) {
  *at++ = '\\';
  switch (code_point) {
    case '"':
    case '\\':
      *at++ = static_cast<char>(code_point);
      return at;
    case '\b':
      *at++ = 'b';
      return at;
    case '\f':
      *at++ = 'f';
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      return put_hex_byte(put(at, "u00"), static_cast<std::uint8_t>(code_point));
  }
}

// One code point that is not plain, or one that is not UTF-8; `text` is not empty.
char* put_special(char* at, std::string_view& text) {
  const Utf8Step step = decode_utf8(text);
  if (!step.valid) {
    at = put(at, "\xEF\xBF\xBD");
  } else if (step.code_point < 0xA0) {
    at = put_escape(at, step.code_point);
  } else {
    std::memcpy(at, text.data(), step.size);
    at += step.size;
  }
  text.remove_prefix(step.size);
  return at;
}

// Needs room for worst_escape * (piece + longest_sequence); takes about `piece` bytes off `text`.
char* put_piece(char* at, std::string_view& text, std::size_t piece) {
  const char* const stop = text.data() + std::min(piece, text.size());
  while (text.data() < stop) {
    const std::size_t plain =
        copy_plain(text.data(), static_cast<std::size_t>(stop - text.data()), at);
    at += plain;
    text.remove_prefix(plain);
    while (text.data() < stop && !is_plain(text.front())) at = put_special(at, text);
  }
  return at;
}

}  // namespace

char* put_escaped(char* at, std::string_view text) {
  return put_piece(at, text, text.size());
}

char* put_any_string(char* at, std::string_view text, Buffer& out) {
  at = out.room_at(at, 1);
  *at++ = '"';
  while (!text.empty()) {
    at = out.room_at(at, worst_escape * (longest_whole_string + longest_sequence));
    at = put_piece(at, text, longest_whole_string);
  }
  at = out.room_at(at, fixed_room + 1);
  *at++ = '"';
  return at;
}

}  // namespace mongotail::output

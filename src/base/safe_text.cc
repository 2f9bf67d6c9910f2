#include "base/safe_text.h"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.h"

namespace mongotail {
namespace {

bool is_bidi_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Line and paragraph separators break a line on some terminals.
bool is_unsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || is_bidi_control(c);
}

void append_escape(char32_t c, std::string& out) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto value = static_cast<std::uint32_t>(c);
  if (value <= 0xFF) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", value);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  }
}

}  // namespace

void append_safe_text(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    if (!step.valid) {
      for (std::size_t i = 0; i < step.size; ++i) {
        append_escape(static_cast<unsigned char>(text[i]), out);
      }
    } else if (is_unsafe(step.code_point)) {
      append_escape(step.code_point, out);
    } else {
      out.append(text.substr(0, step.size));
    }
    text.remove_prefix(step.size);
  }
}

std::string safe_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_safe_text(text, out);
  return out;
}

}  // namespace mongotail

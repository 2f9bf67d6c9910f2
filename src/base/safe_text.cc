#include "base/safe_text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <iterator>

#include "base/utf8.h"

namespace mongotail {
namespace {

// Default_Ignorable_Code_Point also takes in code points that are not yet assigned, of which
// utf8proc has no properties.
bool is_reserved_ignorable(char32_t c) {
  return c == 0x2065 || (c >= 0xFFF0 && c <= 0xFFF8) || (c >= 0xE0000 && c <= 0xE0FFF);
}

// What a terminal acts on or does not show: controls, line and paragraph separators, format
// characters (bidi controls, zero-width spaces and joiners, tags) and whatever else a renderer
// leaves out by default, such as variation selectors and fillers.
bool is_unsafe(char32_t c) {
  constexpr char32_t soft_hyphen = 0xAD;  // the first one beyond C1
  if (c < soft_hyphen) return c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const auto* const property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  if (property->ignorable || is_reserved_ignorable(c)) return true;
  return property->category == UTF8PROC_CATEGORY_CF || property->category == UTF8PROC_CATEGORY_ZL ||
         property->category == UTF8PROC_CATEGORY_ZP;
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
  } else if (value <= 0xFFFF) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", value);
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

#include "output/display_width.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/utf8.h"

namespace mongotail::output {
namespace {

// Vowels and finals, which terminals join with the syllable before them.
bool is_joining_hangul(char32_t c) {
  return (c >= 0x1160 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FF);
}

}  // namespace

// utf8proc_charwidth() differs from terminals in two points: it gives spacing marks no column, and
// joining Hangul one.
int columns_of(char32_t code_point) {
  constexpr char32_t first_zero_width = 0x300;
  if (code_point < first_zero_width) return 1;
  const auto value = static_cast<utf8proc_int32_t>(code_point);
  switch (utf8proc_category(value)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
      return 0;
    default:
      break;
  }
  return is_joining_hangul(code_point) ? 0 : std::max(utf8proc_charwidth(value), 1);
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    columns += static_cast<std::size_t>(columns_of(step.code_point));
    text.remove_prefix(step.size);
  }
  return columns;
}

std::string_view cut_to_columns(std::string_view text, std::size_t columns) {
  std::string_view rest = text;
  for (std::size_t used = 0; !rest.empty();) {
    const Utf8Step step = decode_utf8(rest);
    used += static_cast<std::size_t>(columns_of(step.code_point));
    if (used > columns) break;
    rest.remove_prefix(step.size);
  }
  return text.substr(0, text.size() - rest.size());
}

}  // namespace mongotail::output

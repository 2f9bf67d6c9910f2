#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mongotail {

/// One step through text that may not be UTF-8.
struct Utf8Step {
  char32_t code_point = 0;  ///< U+FFFD where `valid` is false
  std::size_t size = 1;     ///< bytes taken, at least 1
  bool valid = false;
};

/// Decodes what `text` starts with; `text` must not be empty. Overlong forms, surrogates and values
/// past U+10FFFF are invalid; an invalid sequence takes its maximal subpart, as Unicode (chapter 3,
/// "U+FFFD Substitution of Maximal Subparts") recommends.
Utf8Step decode_utf8(std::string_view text);

}  // namespace mongotail

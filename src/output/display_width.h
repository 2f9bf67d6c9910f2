#pragma once

#include <cstddef>
#include <string_view>

namespace mongotail::output {

/// How many columns of a terminal a printable character takes: 0 if it joins the one before it,
/// 2 for East Asian wide ones and emoji, else 1. Independent of the locale.
int columns_of(char32_t code_point);

/// The same for text; a byte that is not UTF-8 counts as one U+FFFD.
std::size_t columns_of(std::string_view text);

/// The longest beginning of `text` that fits; it ends after the marks that join its last character.
std::string_view cut_to_columns(std::string_view text, std::size_t columns);

}  // namespace mongotail::output

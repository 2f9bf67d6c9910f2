#pragma once

#include <string>
#include <string_view>

/// Small operations on text. Letters and digits are those of ASCII, whatever the locale.
namespace mongotail {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// Not empty, and digits only.
bool all_digits(std::string_view text);

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string lower(std::string_view text);

inline constexpr std::string_view blanks = " \t\r\n";

/// Without the blanks at both ends.
std::string_view trimmed(std::string_view text);

/// All but letters, digits and `-._~` as `%XX`.
std::string percent_encoded(std::string_view text);
/// `%XX` as the byte; a `%` that is not followed by two hexadecimal digits stays.
std::string percent_decoded(std::string_view text);
/// Whether two hexadecimal digits follow each `%`.
bool is_percent_encoded(std::string_view text);

}  // namespace mongotail

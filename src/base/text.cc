#include "base/text.h"

#include <algorithm>
#include <optional>

namespace mongotail {
namespace {

bool is_unreserved(char c) {
  const char folded = lower(c);
  return (folded >= 'a' && folded <= 'z') || is_digit(c) ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

// The byte that `text` begins with as `%XX`.
std::optional<int> escape_at(std::string_view text) {
  if (text.size() < 3 || text.front() != '%') return std::nullopt;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return high * 16 + low;
}

}  // namespace

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto byte = escape_at(text);
    out += byte ? static_cast<char>(*byte) : text.front();
    if (byte) text.remove_prefix(2);
  }
  return out;
}

bool is_percent_encoded(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '%' && !escape_at(text)) return false;
  }
  return true;
}

}  // namespace mongotail

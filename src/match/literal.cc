#include "match/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "base/text.h"
#include "bson/extended_json.h"
#include "bson/shell_call.h"
#include "bson/shell_json.h"

namespace mongotail::match {
namespace {

using bson::Element;

bool is_object_id(std::string_view text) {
  return text.size() == 24 && std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0; });
}

template <std::size_t Size>
std::array<std::uint8_t, Size> from_hex(std::string_view digits) {
  std::array<std::uint8_t, Size> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] =
        static_cast<std::uint8_t>(hex_value(digits[2 * i]) * 16 + hex_value(digits[2 * i + 1]));
  }
  return bytes;
}

bson::OwnedDocument object_id(std::string_view digits) {
  const auto bytes = from_hex<12>(digits);
  return bson::Builder().append("v", Element(bson::Type::object_id, "v", bytes)).take();
}

bson::OwnedDocument uuid(std::string_view text) {
  constexpr std::uint8_t subtype = 4;
  std::string digits(text);
  std::erase(digits, '-');
  return bson::Builder().append_binary("v", subtype, from_hex<16>(digits)).take();
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// RFC 8259, section 6. Parsers are more lenient: to them 007 is a number, here it is a string.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = skip_digits(text, fraction);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = skip_digits(text, exponent);
    if (at == exponent) return false;
  }
  return at == text.size();
}

/// One that can be nothing but an int32.
std::optional<std::int32_t> small_integer(std::string_view text) {
  constexpr std::size_t longest = 9;
  std::int32_t value = 0;
  if (text.size() > longest || !is_json_number(text) || text == "-0") return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, form, [](char c, char expected) {
    return expected == 'x' ? hex_value(c) >= 0 : c == expected;
  });
}

/// `Name(…)` and `new Name(…)`; of mongosh's own types also one that is never closed.
bool is_call(std::string_view text) {
  if (text.starts_with("new ")) text.remove_prefix(4);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || open == 0) return false;
  const std::string_view name = text.substr(0, open);
  if (bson::is_shell_type(name)) return true;
  return text.back() == ')' && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.';
         });
}

/// The doubles that JSON has no number for.
bool is_not_finite(std::string_view text) {
  return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

/// `/…/letters`, and no other slash: paths of files have more, or do not begin with one.
bool is_regex(std::string_view text) {
  if (text.size() < 3 || text.front() != '/') return false;
  std::size_t end = 1;
  while (end < text.size() && text[end] != '/') end += text[end] == '\\' ? 2u : 1u;
  return end > 1 && end < text.size() &&
         std::ranges::all_of(text.substr(end + 1), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_literal(std::string_view text) {
  if (text.empty()) return false;
  return std::string_view("{[\"'").find(text.front()) != std::string_view::npos || text == "true" ||
         text == "false" || text == "null" || is_json_number(text) || is_not_finite(text) ||
         is_call(text) || is_regex(text);
}

}  // namespace

Result<bson::OwnedDocument> parse_literal(std::string_view text) {
  // The JSON reader takes 26 KB at a time, and a hole of that size stays behind each value: too
  // much beside what many subscribers' ids mostly are.
  if (is_object_id(text)) return object_id(text);
  if (is_uuid(text)) return uuid(text);
  if (const auto integer = small_integer(text)) return bson::Builder().append("v", *integer).take();
  if (!is_literal(text)) return bson::Builder().append("v", text).take();
  const auto json = bson::shell_to_json(text);
  const auto refused = [text](const Error& error) {
    return fail(Cause::usage, fmt::format("'{}' is not a valid value: {}", text, error.what),
                error.hint.empty() ? R"(a string needs quotes of its own: '"..."')" : error.hint);
  };
  if (!json) return refused(json.error());
  auto parsed = bson::parse_value(*json);
  if (!parsed) return refused(parsed.error());
  const auto value = parsed->view().first();
  if (!value || value->key() != "v") return refused({Cause::usage, "it is not one value", ""});
  return parsed;
}

}  // namespace mongotail::match

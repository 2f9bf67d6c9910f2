#include "bson/shell_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>

#include "base/text.h"

namespace mongotail::bson {
namespace {

using Arguments = std::span<const ShellArgument>;
using Json = std::optional<std::string>;
using Kind = ShellArgument::Kind;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0; });
}

template <typename T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename T>
std::optional<T> whole(Arguments arguments, std::size_t index) {
  if (index >= arguments.size() || arguments[index].kind == Kind::other) return std::nullopt;
  return whole<T>(arguments[index].text);
}

bool one_string(Arguments arguments) {
  return arguments.size() == 1 && arguments[0].kind == Kind::string;
}

std::string base64(std::string_view hex) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    std::uint32_t byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) out += letters[bits >> (count - 6) & 63];
  }
  if (count > 0) out += letters[bits << (6 - count) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string binary(std::string_view base64_text, unsigned subtype) {
  return fmt::format(R"({{"$binary":{{"base64":{},"subType":"{:02x}"}}}})",
                     json_string(base64_text), subtype);
}

Json object_id(Arguments arguments) {
  if (!one_string(arguments)) return std::nullopt;
  const std::string& text = arguments[0].text;
  if (text.size() != 24 || !is_hex(text)) return std::nullopt;
  return fmt::format(R"({{"$oid":"{}"}})", text);
}

Json uuid(Arguments arguments) {
  if (!one_string(arguments)) return std::nullopt;
  std::string text = arguments[0].text;
  const bool dashes =
      text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
  if (dashes) std::erase(text, '-');
  if (text.size() != 32 || !is_hex(text)) return std::nullopt;
  return binary(base64(text), 4);
}

template <typename T>
Json integer(Arguments arguments, std::string_view key) {
  if (arguments.size() != 1) return std::nullopt;
  const auto value = whole<T>(arguments, 0);
  if (!value) return std::nullopt;
  return fmt::format(R"({{"{}":"{}"}})", key, *value);
}

Json int64(Arguments arguments) {
  return integer<std::int64_t>(arguments, "$numberLong");
}
Json int32(Arguments arguments) {
  return integer<std::int32_t>(arguments, "$numberInt");
}

bool skip_digits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count > 0;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == "NaN" || text == "Infinity") return true;
  bool digits = skip_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits = skip_digits(text) || digits;
  }
  if (!digits || text.empty()) return digits;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return skip_digits(text) && text.empty();
}

Json number(Arguments arguments, std::string_view key) {
  if (arguments.size() != 1 || arguments[0].kind == Kind::other) return std::nullopt;
  if (!is_number(arguments[0].text)) return std::nullopt;
  return fmt::format(R"({{"{}":{}}})", key, json_string(arguments[0].text));
}

Json real(Arguments arguments) {
  return number(arguments, "$numberDouble");
}
Json decimal(Arguments arguments) {
  return number(arguments, "$numberDecimal");
}

Json timestamp(Arguments arguments) {
  // {t: 1, i: 2} is written by then as JSON is.
  if (arguments.size() == 1 && arguments[0].kind == Kind::other) {
    return fmt::format(R"({{"$timestamp":{}}})", arguments[0].json);
  }
  const auto seconds = whole<std::uint32_t>(arguments, 0);
  const auto ordinal = whole<std::uint32_t>(arguments, 1);
  if (arguments.size() != 2 || !seconds || !ordinal) return std::nullopt;
  return fmt::format(R"({{"$timestamp":{{"t":{},"i":{}}}}})", *seconds, *ordinal);
}

Json bin_data(Arguments arguments) {
  const auto subtype = whole<std::uint8_t>(arguments, 0);
  if (arguments.size() != 2 || !subtype || arguments[1].kind != Kind::string) return std::nullopt;
  return binary(arguments[1].text, *subtype);
}

Json from_base64(Arguments arguments) {
  const auto subtype = arguments.size() == 1 ? std::optional<std::uint8_t>(std::uint8_t{0})
                                             : whole<std::uint8_t>(arguments, 1);
  if (arguments.empty() || arguments.size() > 2 || !subtype) return std::nullopt;
  if (arguments[0].kind != Kind::string) return std::nullopt;
  return binary(arguments[0].text, *subtype);
}

Json hex_data(Arguments arguments) {
  const auto subtype = whole<std::uint8_t>(arguments, 0);
  if (arguments.size() != 2 || !subtype || arguments[1].kind != Kind::string) return std::nullopt;
  const std::string& hex = arguments[1].text;
  if (hex.size() % 2 != 0 || !is_hex(hex)) return std::nullopt;
  return binary(base64(hex), *subtype);
}

/// Reads a date from its front, piece by piece.
class DateText {
 public:
  explicit DateText(std::string_view text) : rest_(text) {}

  /// Milliseconds since 1970.
  std::optional<std::int64_t> read();

 private:
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count);
  bool time_of_day();
  bool zone();

  std::string_view rest_;
  std::int64_t millis_ = 0;
};

std::optional<int> DateText::digits(std::size_t count) {
  const auto value = rest_.size() < count ? std::nullopt : whole<int>(rest_.substr(0, count));
  if (!value || *value < 0) return std::nullopt;
  rest_.remove_prefix(count);
  return value;
}

bool DateText::time_of_day() {
  const auto hours = digits(2);
  if (!hours || *hours > 23 || !skip(':')) return false;
  const auto minutes = digits(2);
  if (!minutes || *minutes > 59) return false;
  millis_ += (*hours * 60 + *minutes) * 60'000;
  if (!skip(':')) return true;
  const auto seconds = digits(2);
  if (!seconds || *seconds > 59) return false;
  millis_ += *seconds * 1000;
  if (!skip('.')) return true;
  bool any = false;
  for (int unit = 100; const auto digit = digits(1); unit /= 10) {
    millis_ += *digit * unit;
    any = true;
  }
  return any;
}

bool DateText::zone() {
  if (rest_.empty() || skip('Z')) return true;
  const bool east = skip('+');
  if (!east && !skip('-')) return false;
  const auto hours = digits(2);
  skip(':');
  const auto minutes = digits(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return false;
  const std::int64_t offset = (*hours * 60 + *minutes) * 60'000;
  millis_ += east ? -offset : offset;
  return true;
}

std::optional<std::int64_t> DateText::read() {
  const auto year = digits(4);
  if (!year || !skip('-')) return std::nullopt;
  const auto month = digits(2);
  if (!month || !skip('-')) return std::nullopt;
  const auto day = digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  constexpr std::int64_t millis_a_day = 86'400'000;
  millis_ = std::chrono::sys_days(date).time_since_epoch().count() * millis_a_day;
  if ((skip('T') || skip(' ')) && (!time_of_day() || !zone())) return std::nullopt;
  if (!rest_.empty()) return std::nullopt;
  return millis_;
}

Json date(Arguments arguments) {
  if (arguments.size() != 1) return std::nullopt;
  const auto millis = arguments[0].kind == Kind::number   ? whole<std::int64_t>(arguments, 0)
                      : arguments[0].kind == Kind::string ? DateText(arguments[0].text).read()
                                                          : std::nullopt;
  if (!millis) return std::nullopt;
  return fmt::format(R"({{"$date":{{"$numberLong":"{}"}}}})", *millis);
}

Json min_key(Arguments arguments) {
  return arguments.empty() ? Json(R"({"$minKey":1})") : std::nullopt;
}
Json max_key(Arguments arguments) {
  return arguments.empty() ? Json(R"({"$maxKey":1})") : std::nullopt;
}

Json code(Arguments arguments) {
  if (arguments.empty() || arguments.size() > 2 || arguments[0].kind != Kind::string) {
    return std::nullopt;
  }
  const std::string text = json_string(arguments[0].text);
  if (arguments.size() == 1) return fmt::format(R"({{"$code":{}}})", text);
  return fmt::format(R"({{"$code":{},"$scope":{}}})", text, arguments[1].json);
}

Json symbol(Arguments arguments) {
  if (!one_string(arguments)) return std::nullopt;
  return fmt::format(R"({{"$symbol":{}}})", json_string(arguments[0].text));
}

Json db_pointer(Arguments arguments) {
  if (arguments.size() != 2 || arguments[0].kind != Kind::string) return std::nullopt;
  return fmt::format(R"({{"$dbPointer":{{"$ref":{},"$id":{}}}}})", json_string(arguments[0].text),
                     arguments[1].json);
}

Json regular_expression(Arguments arguments) {
  if (arguments.empty() || arguments.size() > 2) return std::nullopt;
  for (const ShellArgument& each : arguments) {
    if (each.kind != Kind::string) return std::nullopt;
  }
  auto json = shell_regex(arguments[0].text, arguments.size() == 2 ? arguments[1].text : "");
  return json ? Json(*std::move(json)) : std::nullopt;
}

struct Type {
  std::string_view name;
  Json (*make)(Arguments);
  std::string_view form;
};

constexpr Type types[] = {
    {"ObjectId", object_id, "ObjectId('65f0abcd0123456789abcdef')"},
    {"ObjectID", object_id, "ObjectId('65f0abcd0123456789abcdef')"},
    {"UUID", uuid, "UUID('550e8400-e29b-41d4-a716-446655440000')"},
    {"ISODate", date, "ISODate('2026-11-23T06:54:14.287Z')"},
    {"Date", date, "new Date('2026-11-23T06:54:14.287Z')"},
    {"Long", int64, "Long('9')"},
    {"NumberLong", int64, "NumberLong('9')"},
    {"Int32", int32, "Int32(9)"},
    {"NumberInt", int32, "NumberInt(9)"},
    {"Double", real, "Double(1.5)"},
    {"Decimal128", decimal, "Decimal128('1.5')"},
    {"NumberDecimal", decimal, "NumberDecimal('1.5')"},
    {"Timestamp", timestamp, "Timestamp(1, 2) or Timestamp({t: 1, i: 2})"},
    {"BinData", bin_data, "BinData(0, 'aGk=')"},
    {"HexData", hex_data, "HexData(0, '6869')"},
    {"Binary.createFromBase64", from_base64, "Binary.createFromBase64('aGk=', 0)"},
    {"MinKey", min_key, "MinKey()"},
    {"MaxKey", max_key, "MaxKey()"},
    {"RegExp", regular_expression, "RegExp('^a', 'i')"},
    {"Code", code, "Code('...')"},
    {"BSONSymbol", symbol, "BSONSymbol('...')"},
    {"DBPointer", db_pointer, "DBPointer('db.coll', ObjectId('...'))"},
};

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

Result<std::string> shell_regex(std::string_view pattern, std::string_view options) {
  std::string sorted(options);
  std::ranges::sort(sorted);
  const bool twice = std::ranges::adjacent_find(sorted) != sorted.end();
  if (twice || sorted.find_first_not_of("imsx") != std::string::npos) {
    return fail(Cause::usage, fmt::format("/{}/{} has an unknown option", pattern, options),
                "the options of a regular expression are i, m, s and x; a string needs quotes");
  }
  return fmt::format(R"({{"$regularExpression":{{"pattern":{},"options":"{}"}}}})",
                     json_string(pattern), sorted);
}

bool is_shell_type(std::string_view name) {
  return std::ranges::find(types, name, &Type::name) != std::end(types);
}

Result<std::string> shell_call(std::string_view name, Arguments arguments) {
  const auto* const type = std::ranges::find(types, name, &Type::name);
  if (type == std::end(types)) {
    return fail(Cause::usage, fmt::format("unknown type {}()", name),
                "known are ObjectId, UUID, ISODate, Long, Int32, Double, Decimal128, Timestamp, "
                "BinData, MinKey and MaxKey; a string needs quotes");
  }
  auto json = type->make(arguments);
  if (!json) {
    return fail(Cause::usage, fmt::format("{}() can't have that value", name),
                fmt::format("write it as in {}", type->form));
  }
  return *std::move(json);
}

}  // namespace mongotail::bson

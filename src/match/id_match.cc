#include "match/id_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "bson/extended_json.h"
#include "match/bson_compare.h"

namespace mongotail::match {
namespace {

using bson::Element;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_object_id(std::string_view text) {
  return text.size() == 24 && std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

bson::OwnedDocument object_id(std::string_view digits) {
  std::array<std::uint8_t, 12> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] =
        static_cast<std::uint8_t>(hex_digit(digits[2 * i]) * 16 + hex_digit(digits[2 * i + 1]));
  }
  return bson::Builder().append("v", Element(bson::Type::object_id, "v", bytes)).take();
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
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

bool is_json(std::string_view text) {
  if (text.empty()) return false;
  return std::string_view("{[\"").find(text.front()) != std::string_view::npos || text == "true" ||
         text == "false" || text == "null" || is_json_number(text);
}

}  // namespace

Result<bson::OwnedDocument> parse_id(std::string_view text) {
  if (is_object_id(text)) return object_id(text);
  if (!is_json(text)) return bson::Builder().append("v", text).take();
  auto parsed = bson::parse_value(text);
  const auto value = parsed ? parsed->view().first() : std::nullopt;
  if (!value || value->key() != "v") {
    return fail(Cause::usage, fmt::format("the id '{}' is not Extended JSON", text),
                R"(write {"$oid": "..."}, a number, or a string as '"..."')");
  }
  if (value->type() == bson::Type::array) {
    return fail(Cause::usage, fmt::format("the id '{}' is an array", text),
                "no document has an array as its _id");
  }
  return parsed;
}

IdMatch::IdMatch(bson::Document id) : id_(id) {}

std::optional<Element> IdMatch::id_of(const oplog::Entry& operation) {
  if (operation.is_command()) return std::nullopt;
  const auto of_o2 = operation.o2 ? operation.o2->find("_id") : std::nullopt;
  if (operation.op == "u" && of_o2) return of_o2;
  const auto of_o = operation.o.find("_id");
  return of_o ? of_o : of_o2;
}

bool IdMatch::matches(const oplog::Entry& operation) const {
  const auto id = id_of(operation);
  const auto wanted = id_.view().first();
  return id && wanted && compare_values(*id, *wanted) == 0;
}

}  // namespace mongotail::match

#include "match/mql_operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "match/numbers.h"

namespace mongotail::match {
namespace {

using bson::Element;
using bson::Type;

struct TypeAlias {
  std::string_view name;
  Type type;
};

// MongoDB manual, "BSON Types".
constexpr TypeAlias type_aliases[] = {
    {"double", Type::number_double},
    {"string", Type::string},
    {"object", Type::document},
    {"array", Type::array},
    {"binData", Type::binary},
    {"undefined", Type::undefined},
    {"objectId", Type::object_id},
    {"bool", Type::boolean},
    {"date", Type::date},
    {"null", Type::null},
    {"regex", Type::regex},
    {"dbPointer", Type::db_pointer},
    {"javascript", Type::code},
    {"symbol", Type::symbol},
    {"javascriptWithScope", Type::code_with_scope},
    {"int", Type::int32},
    {"timestamp", Type::timestamp},
    {"long", Type::int64},
    {"decimal", Type::decimal128},
    {"minKey", Type::min_key},
    {"maxKey", Type::max_key},
};

Status add_type_named(std::string_view name, std::vector<Type>& types) {
  if (name == "number") {
    types.insert(types.end(), {Type::number_double, Type::int32, Type::int64, Type::decimal128});
    return {};
  }
  const auto* const found = std::ranges::find(type_aliases, name, &TypeAlias::name);
  if (found == std::end(type_aliases)) {
    return bad_operand("$type", fmt::format("does not know the type '{}'", name));
  }
  types.push_back(found->type);
  return {};
}

Status add_type(const Element& operand, std::vector<Type>& types) {
  if (operand.type() == Type::string) return add_type_named(*operand.as_text(), types);
  if (!is_number(operand.type())) {
    return bad_operand("$type", "needs the name or the number of a type, or an array of them");
  }
  const auto code = exact_int64(operand);
  if (code == -1) {
    types.push_back(Type::min_key);
    return {};
  }
  const auto* const found = std::ranges::find_if(type_aliases, [code](const TypeAlias& alias) {
    return alias.type != Type::min_key && code == static_cast<std::int64_t>(alias.type);
  });
  if (found == std::end(type_aliases)) return bad_operand("$type", "does not know that number");
  types.push_back(found->type);
  return {};
}

Result<std::vector<std::uint32_t>> positions_in_array(std::string_view op, bson::Document array) {
  std::vector<std::uint32_t> positions;
  for (const Element& element : array) {
    const auto position = exact_int64(element);
    if (!position || *position < 0 || *position > INT32_MAX) {
      return bad_operand(op, "needs bit positions that are whole numbers from 0 to 2147483647");
    }
    positions.push_back(static_cast<std::uint32_t>(*position));
  }
  return positions;
}

std::vector<std::uint32_t> positions_in_bytes(bson::Bytes bytes) {
  std::vector<std::uint32_t> positions;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    if ((bytes[i / 8] >> i % 8 & 1) != 0) positions.push_back(static_cast<std::uint32_t>(i));
  }
  return positions;
}

std::vector<std::uint32_t> positions_in_mask(std::uint64_t mask) {
  std::vector<std::uint32_t> positions;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if ((mask >> i & 1) != 0) positions.push_back(i);
  }
  return positions;
}

}  // namespace

tl::unexpected<Error> bad_operand(std::string_view op, std::string_view why) {
  return fail(Cause::usage, fmt::format("in the query, {} {}", op, why),
              "see 'query predicates' in the MongoDB manual for each operator's form");
}

Result<std::vector<Type>> parse_types(const Element& operand) {
  std::vector<Type> types;
  const auto array = operand.as_array();
  if (!array) {
    if (auto added = add_type(operand, types); !added) return fail(added.error());
    return types;
  }
  for (const Element& element : *array) {
    if (auto added = add_type(element, types); !added) return fail(added.error());
  }
  if (types.empty()) return bad_operand("$type", "needs at least one type");
  return types;
}

Result<std::vector<std::uint32_t>> parse_bit_positions(const Element& operand) {
  if (const auto array = operand.as_array()) return positions_in_array(operand.key(), *array);
  if (const auto binary = operand.as_binary()) return positions_in_bytes(binary->data);
  if (!is_number(operand.type())) {
    return bad_operand(operand.key(), "needs an array of bit positions, a number, or binary data");
  }
  const auto mask = exact_int64(operand);
  if (!mask || *mask < 0) {
    return bad_operand(operand.key(), "needs a mask that is a whole number and not negative");
  }
  return positions_in_mask(static_cast<std::uint64_t>(*mask));
}

Result<Modulus> parse_modulus(const Element& operand) {
  const auto array = operand.as_array();
  if (!array) return bad_operand("$mod", "needs an array: [divisor, remainder]");
  std::vector<std::int64_t> numbers;
  for (const Element& element : *array) {
    const auto number = truncated_int64(element);
    if (!number) return bad_operand("$mod", "needs numbers within 64 bits");
    numbers.push_back(*number);
  }
  if (numbers.size() != 2) return bad_operand("$mod", "needs two numbers: [divisor, remainder]");
  if (numbers[0] == 0) return bad_operand("$mod", "can't divide by 0");
  return Modulus{numbers[0], numbers[1]};
}

Result<std::int64_t> parse_size(const Element& operand) {
  const auto size = exact_int64(operand);
  if (!size || *size < 0 || *size > INT32_MAX) {
    return bad_operand("$size", "needs a whole number from 0 to 2147483647");
  }
  return *size;
}

bool is_true(const Element& operand) {
  switch (operand.type()) {
    case Type::null:
    case Type::undefined:
      return false;
    case Type::boolean:
      return *operand.as_bool();
    default:
      return exact_int64(operand) != 0;
  }
}

}  // namespace mongotail::match

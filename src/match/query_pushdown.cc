#include "match/query_pushdown.h"

#include <algorithm>
#include <string_view>

#include "match/mql_parse.h"
#include "match/numbers.h"

namespace mongotail::match {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;

bool is_certain_query(Document query);

bool is_operator(std::string_view key) {
  return key.starts_with('$');
}

bool are_certain_values(Document values) {
  for (const Element& value : values) {
    if (is_operator(value.key()) || !is_certain_value(value)) return false;
  }
  return true;
}

bool any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_certain_condition(const Element& operand) {
  const std::string_view name = operand.key();
  if (any_of(name, {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})) return is_certain_value(operand);
  if (any_of(name, {"$in", "$nin"})) {
    return operand.type() == Type::array && is_certain_value(operand);
  }
  if (name == "$exists") return operand.type() == Type::boolean;
  if (name == "$size") return operand.type() == Type::int32;
  return false;
}

bool is_certain_field(const Element& field) {
  if (!is_operator_document(field)) return is_certain_value(field);
  const Document conditions = field.as_document().value_or(Document());
  for (const Element& operand : conditions) {
    if (!is_certain_condition(operand)) return false;
  }
  return true;
}

bool is_certain_list(const Element& queries) {
  const auto array = queries.as_array();
  if (!array) return false;
  for (const Element& query : *array) {
    if (!query.as_document() || !is_certain_query(*query.as_document())) return false;
  }
  return true;
}

bool is_certain_part(const Element& part) {
  if (any_of(part.key(), {"$and", "$or", "$nor"})) return is_certain_list(part);
  return !is_operator(part.key()) && is_certain_field(part);
}

bool is_certain_query(Document query) {
  for (const Element& part : query) {
    if (!is_certain_part(part)) return false;
  }
  return true;
}

}  // namespace

bool is_certain_value(const Element& value) {
  switch (value.type()) {
    case Type::int32:
    case Type::int64:
    case Type::number_double:
    case Type::decimal128:
      return !is_nan(value);
    case Type::string:
    case Type::object_id:
    case Type::boolean:
    case Type::date:
    case Type::timestamp:
    case Type::binary:
      return true;
    case Type::document:
    case Type::array:
      return are_certain_values(*value.as_container());
    default:
      return false;
  }
}

bson::OwnedDocument certain_parts(Document query) {
  bson::Builder out;
  for (const Element& part : query) {
    if (is_certain_part(part)) out.append(part);
  }
  return out.take();
}

}  // namespace mongotail::match

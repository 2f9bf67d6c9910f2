#include "match/bson_compare.h"

#include <algorithm>
#include <string_view>

#include "match/numbers.h"

namespace mongotail::match {
namespace {

using bson::Bytes;
using bson::Document;
using bson::Element;
using bson::Type;
using Order = std::partial_ordering;

Order compare_documents_at(Document a, Document b, int depth);

Order compare_bytes(Bytes a, Bytes b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

Order compare_text(std::string_view a, std::string_view b) {
  return a.compare(b) <=> 0;
}

Order compare_sized_bytes(Bytes a, Bytes b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return compare_bytes(a, b);
}

Order compare_binaries(const Element& a, const Element& b) {
  // Length, subtype, bytes, as they are stored; the length prefix itself is little-endian.
  if (a.value().size() != b.value().size()) return a.value().size() <=> b.value().size();
  return compare_bytes(a.value().subspan(4), b.value().subspan(4));
}

Order compare_regexes(const Element& a, const Element& b) {
  const auto left = a.as_regex().value_or(bson::Regex());
  const auto right = b.as_regex().value_or(bson::Regex());
  if (const Order order = compare_text(left.pattern, right.pattern); order != 0) return order;
  return compare_text(left.options, right.options);
}

struct ScopedCode {
  std::string_view code;
  Document scope;
};

// int32 total, a string, a document; a Reader has checked that they fit.
ScopedCode scoped_code(const Element& element) {
  const Bytes value = element.value();
  const auto length = static_cast<std::size_t>(bson::load<std::int32_t>(value.data() + 4));
  const auto* text = reinterpret_cast<const char*>(value.data() + 8);
  return {{text, length - 1}, Document::from(value.subspan(8 + length)).value_or(Document())};
}

Order compare_scoped_codes(const Element& a, const Element& b, int depth) {
  const ScopedCode left = scoped_code(a);
  const ScopedCode right = scoped_code(b);
  if (const Order order = compare_text(left.code, right.code); order != 0) return order;
  return compare_documents_at(left.scope, right.scope, depth + 1);
}

// Of one canonical type.
Order compare_like(const Element& a, const Element& b, int depth) {
  switch (a.type()) {
    case Type::number_double:
    case Type::int32:
    case Type::int64:
    case Type::decimal128:
      return compare_numbers(a, b);
    case Type::string:
    case Type::symbol:
    case Type::code:
      return compare_text(a.as_text().value_or(""), b.as_text().value_or(""));
    case Type::document:
    case Type::array:
      return compare_documents_at(a.as_container().value_or(Document()),
                                  b.as_container().value_or(Document()), depth + 1);
    case Type::binary:
      return compare_binaries(a, b);
    case Type::object_id:
    case Type::boolean:
      return compare_bytes(a.value(), b.value());
    case Type::date:
      return a.as_date() <=> b.as_date();
    case Type::timestamp:
      return *a.as_timestamp() <=> *b.as_timestamp();
    case Type::regex:
      return compare_regexes(a, b);
    case Type::db_pointer:
      return compare_sized_bytes(a.value(), b.value());
    case Type::code_with_scope:
      return compare_scoped_codes(a, b, depth);
    case Type::undefined:
    case Type::null:
    case Type::min_key:
    case Type::max_key:
      return Order::equivalent;
  }
  return Order::unordered;
}

Order compare_at(const Element& a, const Element& b, int depth) {
  if (const auto order = canonical_type(a.type()) <=> canonical_type(b.type()); order != 0) {
    return order;
  }
  return compare_like(a, b, depth);
}

Order compare_fields(const Element& a, const Element& b, int depth) {
  if (const auto order = canonical_type(a.type()) <=> canonical_type(b.type()); order != 0) {
    return order;
  }
  if (const Order order = compare_text(a.key(), b.key()); order != 0) return order;
  return compare_like(a, b, depth);
}

Order compare_documents_at(Document a, Document b, int depth) {
  if (depth > bson::max_depth) return Order::unordered;
  bson::Reader left(a);
  bson::Reader right(b);
  Element left_field;
  Element right_field;
  while (true) {
    const bool left_more = left.next(left_field);
    const bool right_more = right.next(right_field);
    if (left.damaged() || right.damaged()) return Order::unordered;
    if (!left_more || !right_more) return left_more <=> right_more;
    if (const Order order = compare_fields(left_field, right_field, depth); order != 0) {
      return order;
    }
  }
}

}  // namespace

int canonical_type(Type type) {
  switch (type) {
    case Type::min_key:
      return -1;
    case Type::undefined:
      return 0;
    case Type::null:
      return 5;
    case Type::number_double:
    case Type::int32:
    case Type::int64:
    case Type::decimal128:
      return 10;
    case Type::string:
    case Type::symbol:
      return 15;
    case Type::document:
      return 20;
    case Type::array:
      return 25;
    case Type::binary:
      return 30;
    case Type::object_id:
      return 35;
    case Type::boolean:
      return 40;
    case Type::date:
      return 45;
    case Type::timestamp:
      return 47;
    case Type::regex:
      return 50;
    case Type::db_pointer:
      return 55;
    case Type::code:
      return 60;
    case Type::code_with_scope:
      return 65;
    case Type::max_key:
      return 127;
  }
  return 126;
}

std::partial_ordering compare_values(const Element& a, const Element& b) {
  return compare_at(a, b, 0);
}

std::partial_ordering compare_documents(Document a, Document b) {
  return compare_documents_at(a, b, 0);
}

}  // namespace mongotail::match

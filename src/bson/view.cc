#include "bson/view.h"

#include <cmath>

namespace mongotail::bson {
namespace {

using detail::bad_value;
using detail::document_size;
using detail::string_size;

std::size_t binary_size(const std::uint8_t* at, std::size_t room) {
  if (room < 5) return bad_value;
  const auto length = load<std::int32_t>(at);
  if (length < 0 || static_cast<std::size_t>(length) > room - 5) return bad_value;
  return 5 + static_cast<std::size_t>(length);
}

std::size_t c_string_size(const std::uint8_t* at, std::size_t room) {
  const auto* end = room > 0 ? static_cast<const std::uint8_t*>(std::memchr(at, 0, room)) : nullptr;
  return end != nullptr ? static_cast<std::size_t>(end - at) + 1 : bad_value;
}

std::size_t regex_size(const std::uint8_t* at, std::size_t room) {
  const std::size_t pattern = c_string_size(at, room);
  if (pattern == bad_value) return bad_value;
  const std::size_t options = c_string_size(at + pattern, room - pattern);
  return options == bad_value ? bad_value : pattern + options;
}

std::size_t db_pointer_size(const std::uint8_t* at, std::size_t room) {
  const std::size_t name = string_size(at, room);
  return name == bad_value || room - name < 12 ? bad_value : name + 12;
}

// int32 total, a string, a document; the total must be the sum.
std::size_t code_with_scope_size(const std::uint8_t* at, std::size_t room) {
  if (room < 14) return bad_value;
  const auto total = load<std::int32_t>(at);
  if (total < 14 || static_cast<std::size_t>(total) > room) return bad_value;
  const auto size = static_cast<std::size_t>(total);
  const std::size_t code = string_size(at + 4, size - 4);
  if (code == bad_value) return bad_value;
  const std::size_t scope = document_size(at + 4 + code, size - 4 - code);
  return scope != bad_value && 4 + code + scope == size ? size : bad_value;
}

std::optional<Damage> validate_at(Document document, const std::uint8_t* outer, int depth) {
  if (depth > max_depth) {
    return Damage{static_cast<std::size_t>(document.bytes().data() - outer),
                  "documents are nested too deep"};
  }
  Reader reader(document);
  Element field;
  while (reader.next(field)) {
    if (auto damage = detail::validate_value(field, outer, depth + 1)) return damage;
  }
  auto damage = detail::damage_at_end(reader);
  if (damage) damage->offset += static_cast<std::size_t>(document.bytes().data() - outer);
  return damage;
}

Document scope_of(const Element& code_with_scope) {
  const Bytes value = code_with_scope.value();
  const std::size_t code = string_size(value.data() + 4, value.size() - 4);
  return Document::from(value.subspan(4 + code)).value_or(Document());
}

}  // namespace

std::size_t detail::rare_value_size(Type type, const std::uint8_t* at, std::size_t room) {
  switch (type) {
    case Type::code:
    case Type::symbol:
      return string_size(at, room);
    case Type::binary:
      return binary_size(at, room);
    case Type::regex:
      return regex_size(at, room);
    case Type::db_pointer:
      return db_pointer_size(at, room);
    case Type::code_with_scope:
      return code_with_scope_size(at, room);
    default:
      return bad_value;
  }
}

std::optional<bool> Element::as_bool() const {
  if (type_ != Type::boolean) return std::nullopt;
  return value_[0] != 0;
}

std::optional<ObjectId> Element::as_object_id() const {
  if (type_ != Type::object_id) return std::nullopt;
  return load<ObjectId>(value_.data());
}

std::optional<Decimal128> Element::as_decimal128() const {
  if (type_ != Type::decimal128) return std::nullopt;
  return Decimal128{load<std::uint64_t>(value_.data() + 8), load<std::uint64_t>(value_.data())};
}

std::optional<Binary> Element::as_binary() const {
  if (type_ != Type::binary) return std::nullopt;
  return Binary{value_[4], value_.subspan(5)};
}

std::optional<Regex> Element::as_regex() const {
  if (type_ != Type::regex) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(value_.data());
  const std::string_view pattern(text);
  return Regex{pattern, std::string_view(text + pattern.size() + 1)};
}

std::optional<Document> Element::as_array() const {
  return type_ == Type::array ? Document::from(value_) : std::nullopt;
}

std::optional<std::int64_t> Element::as_integer() const {
  if (const auto value = as_int64()) return value;
  if (const auto value = as_int32()) return *value;
  const auto value = as_double();
  // 2^63 itself is not an int64.
  if (!value || *value != std::trunc(*value) || *value < -0x1p63 || *value >= 0x1p63) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<Element> Document::find(std::string_view key) const {
  Reader reader(*this);
  Element element;
  while (reader.next(element)) {
    if (element.key() == key) return element;
  }
  return std::nullopt;
}

std::optional<Element> Document::first() const {
  Reader reader(*this);
  Element element;
  if (!reader.next(element)) return std::nullopt;
  return element;
}

std::optional<Damage> detail::validate_value(const Element& field, const std::uint8_t* outer,
                                             int depth) {
  switch (field.type()) {
    case Type::document:
    case Type::array:
      return validate_at(*field.as_container(), outer, depth);
    case Type::code_with_scope:
      return validate_at(scope_of(field), outer, depth);
    default:
      return std::nullopt;
  }
}

std::optional<Damage> detail::damage_at_end(const Reader& reader) {
  if (!reader.damaged()) return std::nullopt;
  return Damage{reader.offset(), "a field does not fit its document"};
}

std::optional<Damage> validate(Document document) {
  return validate_at(document, document.bytes().data(), 0);
}

}  // namespace mongotail::bson

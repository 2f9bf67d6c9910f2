#include "bson/view.h"

#include <cmath>

namespace mongotail::bson {
namespace {

using detail::bad_value;

// A string as BSON stores it: int32 length with the NUL, the bytes, a NUL.
std::size_t string_size(const std::uint8_t* at, std::size_t room) {
  if (room < 5) return bad_value;
  const auto length = load<std::int32_t>(at);
  if (length < 1 || static_cast<std::size_t>(length) > room - 4) return bad_value;
  const std::size_t size = 4 + static_cast<std::size_t>(length);
  return at[size - 1] == 0 ? size : bad_value;
}

std::size_t document_size(const std::uint8_t* at, std::size_t room) {
  const auto document = Document::from(Bytes(at, room));
  return document ? document->size() : bad_value;
}

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

std::string_view text_of(const std::uint8_t* at) {
  return {reinterpret_cast<const char*>(at + 4),
          static_cast<std::size_t>(load<std::int32_t>(at)) - 1};
}

std::optional<Damage> validate_at(Document document, std::size_t base, int depth) {
  if (depth > max_depth) return Damage{base, "documents are nested too deep"};
  Reader reader(document);
  Element element;
  while (reader.next(element)) {
    std::optional<Document> nested = element.as_container();
    if (element.type() == Type::code_with_scope) {
      const std::uint8_t* at = element.value().data();
      const std::size_t code = string_size(at + 4, element.value().size() - 4);
      nested = Document::from(element.value().subspan(4 + code));
    }
    if (!nested) continue;
    const auto offset = static_cast<std::size_t>(nested->bytes().data() - document.bytes().data());
    if (auto damage = validate_at(*nested, base + offset, depth + 1)) return damage;
  }
  if (reader.damaged()) return Damage{base + reader.offset(), "a field does not fit its document"};
  return std::nullopt;
}

}  // namespace

std::size_t detail::variable_value_size(Type type, const std::uint8_t* at, std::size_t room) {
  switch (type) {
    case Type::string:
    case Type::code:
    case Type::symbol:
      return string_size(at, room);
    case Type::document:
    case Type::array:
      return document_size(at, room);
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

std::optional<Timestamp> Element::as_timestamp() const {
  if (type_ != Type::timestamp) return std::nullopt;
  return Timestamp{load<std::uint32_t>(value_.data() + 4), load<std::uint32_t>(value_.data())};
}

std::optional<ObjectId> Element::as_object_id() const {
  if (type_ != Type::object_id) return std::nullopt;
  return load<ObjectId>(value_.data());
}

std::optional<Decimal128> Element::as_decimal128() const {
  if (type_ != Type::decimal128) return std::nullopt;
  return Decimal128{load<std::uint64_t>(value_.data() + 8), load<std::uint64_t>(value_.data())};
}

std::optional<std::string_view> Element::as_text() const {
  switch (type_) {
    case Type::string:
    case Type::symbol:
    case Type::code:
      return text_of(value_.data());
    default:
      return std::nullopt;
  }
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

std::optional<Document> Element::as_document() const {
  return type_ == Type::document ? Document::from(value_) : std::nullopt;
}

std::optional<Document> Element::as_array() const {
  return type_ == Type::array ? Document::from(value_) : std::nullopt;
}

std::optional<Document> Element::as_container() const {
  return type_ == Type::document || type_ == Type::array ? Document::from(value_) : std::nullopt;
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

std::optional<Document> Document::from(Bytes bytes) {
  if (bytes.size() < 5) return std::nullopt;
  const auto length = load<std::int32_t>(bytes.data());
  if (length < 5 || static_cast<std::size_t>(length) > bytes.size()) return std::nullopt;
  const auto size = static_cast<std::size_t>(length);
  if (bytes[size - 1] != 0) return std::nullopt;
  return Document(bytes.first(size));
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

std::optional<Damage> validate(Document document) {
  return validate_at(document, 0, 0);
}

}  // namespace mongotail::bson

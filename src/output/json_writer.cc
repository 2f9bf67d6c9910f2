#include "output/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output/bson_parts.h"
#include "output/digits.h"
#include "output/json_text.h"

namespace mongotail::output {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;
using bson::detail::bad_value;

constexpr std::size_t kept_buffer = 4u << 20;

const char* as_text(const std::uint8_t* at) {
  return reinterpret_cast<const char*>(at);
}

}  // namespace

/// One run over one document. BSON is checked and written in one pass, field by field: each
/// function takes where the next byte of text goes and returns where that is after it, with
/// fixed_room free there, or nullptr at damage, with its place in `broken_at_`. Small reads may go
/// beyond a document that lies in another one, never beyond `limit_`, the end of all.
class JsonWriter::Encoder {
 public:
  Encoder(JsonWriter& writer, Buffer& out, bson::Bytes all)
      : canonical_(writer.mode_ == JsonMode::canonical),
        dates_(writer.dates_),
        buffer_(out),
        limit_(all.data() + all.size()) {}

  char* container(const std::uint8_t* document, std::size_t size, char* at, int depth, bool array);
  char* value(const Element& element, char* at);

  const std::uint8_t* broken_at() const { return broken_at_; }
  bool too_deep() const { return too_deep_; }

 private:
  char* broken(const std::uint8_t* place) {
    broken_at_ = place;
    return nullptr;
  }
  char* key(const std::uint8_t*& at_key, const std::uint8_t* end, char* at);
  char* any_key(const std::uint8_t*& at_key, const std::uint8_t* end, char* at);
  char* field_value(Type type, const std::uint8_t* value, std::size_t size, char* at, int depth);
  char* string(const std::uint8_t* value, char* at) {
    return put_stored_string(at, text_at(value), as_text(limit_), buffer_);
  }
  char* rare_value(const Element& element, char* at, int depth);
  char* date(std::int64_t millis, char* at);
  char* binary(const Element& element, char* at);
  char* regex(const bson::Regex& regex, char* at);
  char* code_with_scope(const Element& element, char* at, int depth);

  char* put_number(char* at, double value) const;
  char* put_int32(char* at, std::int32_t value) const;
  char* put_int64(char* at, std::int64_t value) const;

  const bool canonical_;
  IsoDateWriter& dates_;
  Buffer& buffer_;
  const std::uint8_t* const limit_;
  const std::uint8_t* broken_at_ = nullptr;
  bool too_deep_ = false;
};

// `size` is the value of the document's first bytes, and its last one is NUL.
char* JsonWriter::Encoder::container(const std::uint8_t* document, std::size_t size, char* at,
                                     int depth, bool array) {
  if (depth > bson::max_depth) {
    too_deep_ = true;
    return broken(document);
  }
  const std::uint8_t* const end = document + size - 1;
  const std::uint8_t* field = document + sizeof(std::int32_t);
  // Again, for what precedes it: a key, and those of the documents around it.
  at = buffer_.room_at(at, fixed_room);
  *at++ = array ? '[' : '{';
  while (field != end) {
    const auto type = static_cast<Type>(*field);
    const std::uint8_t* value = field + 1;
    if (array) {
      value = bson::detail::find_nul(value, end);
    } else {
      at = key(value, end, at);
    }
    // `value` is at the key's NUL now.
    if (value == end) return broken(field);
    ++value;
    const auto room = static_cast<std::size_t>(end - value);
    std::size_t value_size = bad_value;
    // The commonest types first; field_value() knows all.
    switch (type) {
      case Type::string:
        value_size = bson::detail::string_size(value, room);
        if (value_size == bad_value) return broken(field);
        at = string(value, at);
        break;
      case Type::number_double:
        if (room < sizeof(double)) return broken(field);
        value_size = sizeof(double);
        at = put_number(at, bson::load<double>(value));
        break;
      case Type::int32:
        if (room < sizeof(std::int32_t)) return broken(field);
        value_size = sizeof(std::int32_t);
        at = put_int32(at, bson::load<std::int32_t>(value));
        break;
      default:
        value_size = bson::detail::value_size(type, value, room);
        if (value_size == bad_value) return broken(field);
        at = field_value(type, value, value_size, at, depth);
        if (at == nullptr) return nullptr;
        break;
    }
    *at++ = ',';
    at = buffer_.room_at(at, fixed_room);
    field = value + value_size;
  }
  // The last comma gives way.
  if (at[-1] == ',') --at;
  *at++ = array ? ']' : '}';
  return buffer_.room_at(at, fixed_room);
}

// `"key":`; leaves `at_key` at the NUL that ends the key, or at `end`.
inline char* JsonWriter::Encoder::key(const std::uint8_t*& at_key, const std::uint8_t* end,
                                      char* at) {
  if (static_cast<std::size_t>(limit_ - at_key) < plain_chunk) return any_key(at_key, end, at);
  *at = '"';
  const std::size_t plain = copy_plain_chunk(as_text(at_key), at + 1);
  // There is a NUL at `end` at the latest, and none is plain.
  if (plain == plain_chunk || at_key[plain] != 0) return any_key(at_key, end, at);
  at_key += plain;
  return put(at + 1 + plain, "\":");
}

char* JsonWriter::Encoder::any_key(const std::uint8_t*& at_key, const std::uint8_t* end, char* at) {
  const std::uint8_t* const begin = at_key;
  at_key = bson::detail::find_nul(begin, end);
  at = put_stored_string(at, {as_text(begin), static_cast<std::size_t>(at_key - begin)},
                         as_text(limit_), buffer_);
  *at++ = ':';
  return buffer_.room_at(at, fixed_room);
}

// `size` is value_size()'s.
char* JsonWriter::Encoder::field_value(Type type, const std::uint8_t* value, std::size_t size,
                                       char* at, int depth) {
  switch (type) {
    case Type::string:
      return string(value, at);
    case Type::document:
      return container(value, size, at, depth + 1, false);
    case Type::array:
      return container(value, size, at, depth + 1, true);
    case Type::number_double:
      return put_number(at, bson::load<double>(value));
    case Type::int32:
      return put_int32(at, bson::load<std::int32_t>(value));
    case Type::int64:
      return put_int64(at, bson::load<std::int64_t>(value));
    case Type::boolean:
      return *value != 0 ? put(at, "true") : put(at, "false");
    case Type::date:
      return date(bson::load<std::int64_t>(value), at);
    case Type::object_id:
      return put(put_hex(put(at, "{\"$oid\":\""), {value, size}), "\"}");
    case Type::timestamp:
      at = put_unsigned(put(at, "{\"$timestamp\":{\"t\":"), bson::load<std::uint32_t>(value + 4));
      return put(put_unsigned(put(at, ",\"i\":"), bson::load<std::uint32_t>(value)), "}}");
    case Type::null:
      return put(at, "null");
    default:
      return rare_value({type, {}, {value, size}}, at, depth);
  }
}

char* JsonWriter::Encoder::value(const Element& element, char* at) {
  return field_value(element.type(), element.value().data(), element.value().size(), at, 0);
}

char* JsonWriter::Encoder::rare_value(const Element& element, char* at, int depth) {
  const std::uint8_t* const value = element.value().data();
  switch (element.type()) {
    case Type::binary:
      return binary(element, at);
    case Type::regex:
      return regex(*element.as_regex(), at);
    case Type::symbol:
      at = string(value, put(at, "{\"$symbol\":"));
      break;
    case Type::code:
      at = string(value, put(at, "{\"$code\":"));
      break;
    case Type::code_with_scope:
      return code_with_scope(element, at, depth);
    case Type::db_pointer:
      at = string(value, put(at, "{\"$dbPointer\":{\"$ref\":"));
      at = put_hex(put(at, ",\"$id\":{\"$oid\":\""), db_pointer(element).id.bytes);
      return put(at, "\"}}}");
    case Type::decimal128:
      at = put_decimal128(put(at, "{\"$numberDecimal\":\""), *element.as_decimal128());
      return put(at, "\"}");
    case Type::undefined:
      return put(at, "{\"$undefined\":true}");
    case Type::min_key:
      return put(at, "{\"$minKey\":1}");
    case Type::max_key:
      return put(at, "{\"$maxKey\":1}");
    default:
      return put(at, "null");
  }
  *at++ = '}';
  return at;
}

inline char* JsonWriter::Encoder::put_number(char* at, double value) const {
  if (std::isfinite(value) && !canonical_) return put_finite_double(at, value);
  return put(put_double(put(at, "{\"$numberDouble\":\""), value), "\"}");
}

inline char* JsonWriter::Encoder::put_int32(char* at, std::int32_t value) const {
  if (!canonical_) return put_integer(at, value);
  return put(put_integer(put(at, "{\"$numberInt\":\""), value), "\"}");
}

inline char* JsonWriter::Encoder::put_int64(char* at, std::int64_t value) const {
  if (!canonical_) return put_integer(at, value);
  return put(put_integer(put(at, "{\"$numberLong\":\""), value), "\"}");
}

char* JsonWriter::Encoder::date(std::int64_t millis, char* at) {
  at = put(at, "{\"$date\":");
  if (!canonical_ && millis >= first_text_date && millis <= last_text_date) {
    return put(dates_.put(put(at, "\""), millis), "\"}");
  }
  return put(put_integer(put(at, "{\"$numberLong\":\""), millis), "\"}}");
}

char* JsonWriter::Encoder::binary(const Element& element, char* at) {
  const bson::Bytes data = binary_data(element);
  at = buffer_.room_at(at, base64_size(data.size()) + 2 * fixed_room);
  at = put_base64(put(at, "{\"$binary\":{\"base64\":\""), data);
  at = put_hex_byte(put(at, "\",\"subType\":\""), element.value()[4]);
  return put(at, "\"}}");
}

char* JsonWriter::Encoder::regex(const bson::Regex& regex, char* at) {
  at = put(at, "{\"$regularExpression\":{\"pattern\":");
  at = put_any_string(at, regex.pattern, buffer_);
  at = put(at, ",\"options\":");
  if (std::is_sorted(regex.options.begin(), regex.options.end())) {
    at = put_any_string(at, regex.options, buffer_);
  } else {
    // The specification wants them in alphabetical order.
    std::string options(regex.options);
    std::sort(options.begin(), options.end());
    at = put_any_string(at, options, buffer_);
  }
  return put(at, "}}");
}

char* JsonWriter::Encoder::code_with_scope(const Element& element, char* at, int depth) {
  const CodeWithScope parts = output::code_with_scope(element);
  at = put_any_string(put(at, "{\"$code\":"), parts.code, buffer_);
  at = buffer_.room_at(put(at, ",\"$scope\":"), fixed_room);
  const bson::Bytes scope = parts.scope.bytes();
  at = container(scope.data(), scope.size(), at, depth + 1, false);
  return at != nullptr ? put(at, "}") : nullptr;
}

Status JsonWriter::append(Document document, Buffer& out) {
  // The empty view has no bytes.
  if (document.size() == 0) {
    out.append("{}");
    return {};
  }
  const std::size_t before = out.size();
  Encoder encoder(*this, out, document.bytes());
  char* const end =
      encoder.container(document.bytes().data(), document.size(), out.room(fixed_room), 0, false);
  if (end == nullptr) {
    out.cut_back(before);
    const auto offset = static_cast<std::size_t>(encoder.broken_at() - document.bytes().data());
    return fail(Cause::damaged,
                encoder.too_deep()
                    ? fmt::format("a document is nested deeper than {} levels", bson::max_depth)
                    : fmt::format("a document's BSON is damaged at byte {} of it", offset));
  }
  out.end_at(end);
  return {};
}

Status JsonWriter::append(Document document, std::string& out) {
  buffer_.clear(kept_buffer);
  if (auto status = append(document, buffer_); !status) return status;
  out.append(buffer_.view());
  return {};
}

Status JsonWriter::append_value(const Element& element, Buffer& out) {
  const std::size_t before = out.size();
  Encoder encoder(*this, out, element.value());
  char* const end = encoder.value(element, out.room(fixed_room));
  if (end == nullptr) {
    out.cut_back(before);
    return fail(Cause::damaged,
                fmt::format("the BSON of the value of \"{}\" is damaged", element.key()));
  }
  out.end_at(end);
  return {};
}

Status JsonWriter::append_value(const Element& element, std::string& out) {
  buffer_.clear(kept_buffer);
  if (auto status = append_value(element, buffer_); !status) return status;
  out.append(buffer_.view());
  return {};
}

void append_json_string(std::string_view text, Buffer& out) {
  out.end_at(put_any_string(out.room(fixed_room), text, out));
}

void append_json_string(std::string_view text, std::string& out) {
  Buffer buffer;
  append_json_string(text, buffer);
  out.append(buffer.view());
}

}  // namespace mongotail::output

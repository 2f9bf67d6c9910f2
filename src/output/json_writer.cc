#include "output/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "output/bson_parts.h"
#include "output/digits.h"
#include "output/text_scan.h"

namespace mongotail::output {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;

// A byte grows to `\u00XX` at most. Long text is written in pieces, so that its worst case is not
// asked for at once.
constexpr std::size_t worst_escape = 6;
constexpr std::size_t piece_size = 4096;
constexpr std::size_t longest_sequence = 4;
// What surrounds a value and every value of a fixed size: the longest is a canonical Timestamp.
constexpr std::size_t fixed_room = 96;
constexpr std::size_t kept_buffer = 4u << 20;

char* put_escape(char* at, unsigned code_point) {
  *at++ = '\\';
  switch (code_point) {
    case '"':
    case '\\':
      *at++ = static_cast<char>(code_point);
      return at;
    case '\b':
      *at++ = 'b';
      return at;
    case '\f':
      *at++ = 'f';
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      return put_hex_byte(put(at, "u00"), static_cast<std::uint8_t>(code_point));
  }
}

// One code point that is not plain, or one that is no UTF-8; `text` is not empty.
char* put_special(char* at, std::string_view& text) {
  const Utf8Step step = decode_utf8(text);
  if (!step.valid) {
    at = put(at, "\xEF\xBF\xBD");
  } else if (step.code_point < 0xA0) {
    at = put_escape(at, step.code_point);
  } else {
    std::memcpy(at, text.data(), step.size);
    at += step.size;
  }
  text.remove_prefix(step.size);
  return at;
}

// Needs room for worst_escape * (piece + longest_sequence); takes about `piece` bytes off `text`.
char* put_piece(char* at, std::string_view& text, std::size_t piece) {
  const char* const stop = text.data() + std::min(piece, text.size());
  while (text.data() < stop) {
    const std::size_t plain =
        copy_plain(text.data(), static_cast<std::size_t>(stop - text.data()), at);
    at += plain;
    text.remove_prefix(plain);
    while (text.data() < stop && !is_plain(text.front())) at = put_special(at, text);
  }
  return at;
}

void write_long_text(std::string_view text, Buffer& buffer) {
  while (!text.empty()) {
    char* at = buffer.room(worst_escape * (piece_size + longest_sequence));
    buffer.end_at(put_piece(at, text, piece_size));
  }
}

void write_string(std::string_view text, Buffer& buffer) {
  if (text.size() > piece_size) {
    buffer.push_back('"');
    write_long_text(text, buffer);
    buffer.push_back('"');
    return;
  }
  char* at = buffer.room(worst_escape * text.size() + fixed_room);
  *at++ = '"';
  const std::size_t plain = copy_plain(text.data(), text.size(), at);
  at += plain;
  text.remove_prefix(plain);
  if (!text.empty()) at = put_piece(at, text, text.size());
  *at++ = '"';
  buffer.end_at(at);
}

// `{"key":` or `,"key":`.
void write_key(char separator, std::string_view key, Buffer& buffer) {
  char* at = buffer.room(key.size() + fixed_room);
  *at++ = separator;
  *at++ = '"';
  if (copy_plain(key.data(), key.size(), at) == key.size()) {
    buffer.end_at(put(at + key.size(), "\":"));
    return;
  }
  buffer.end_at(at - 1);
  write_string(key, buffer);
  buffer.push_back(':');
}

}  // namespace

/// One run over one document. Its functions return false at damage and leave `broken_at_` there.
class JsonWriter::Encoder {
 public:
  Encoder(JsonWriter& writer, Buffer& out)
      : canonical_(writer.mode_ == JsonMode::canonical), dates_(writer.dates_), buffer_(out) {}

  bool document(Document document, int depth);
  bool array(Document array, int depth);
  bool value(const Element& element, int depth);

  const std::uint8_t* broken_at() const { return broken_at_; }
  bool too_deep() const { return too_deep_; }

 private:
  bool enter(Document document, int depth);
  bool leave(Document document, const bson::Reader& reader);
  void fixed_value(const Element& element);
  void text_value(const Element& element);
  void date(std::int64_t millis);
  void binary(const Element& element);
  void regex(const bson::Regex& regex);
  bool code_with_scope(const Element& element, int depth);

  char* room() { return buffer_.room(fixed_room); }
  char* put_number(char* at, double value) const;
  char* put_int32(char* at, std::int32_t value) const;
  char* put_int64(char* at, std::int64_t value) const;

  const bool canonical_;
  IsoDateWriter& dates_;
  Buffer& buffer_;
  const std::uint8_t* broken_at_ = nullptr;
  bool too_deep_ = false;
};

bool JsonWriter::Encoder::enter(Document document, int depth) {
  if (depth <= bson::max_depth) return true;
  broken_at_ = document.bytes().data();
  too_deep_ = true;
  return false;
}

bool JsonWriter::Encoder::leave(Document document, const bson::Reader& reader) {
  if (!reader.damaged()) return true;
  broken_at_ = document.bytes().data() + reader.offset();
  return false;
}

bool JsonWriter::Encoder::document(Document document, int depth) {
  if (!enter(document, depth)) return false;
  char separator = '{';
  bson::Reader reader(document);
  Element element;
  while (reader.next(element)) {
    write_key(separator, element.key(), buffer_);
    separator = ',';
    if (!value(element, depth)) return false;
  }
  if (separator == '{') buffer_.push_back('{');
  buffer_.push_back('}');
  return leave(document, reader);
}

bool JsonWriter::Encoder::array(Document array, int depth) {
  if (!enter(array, depth)) return false;
  char separator = '[';
  bson::Reader reader(array);
  Element element;
  while (reader.next(element)) {
    buffer_.push_back(separator);
    separator = ',';
    if (!value(element, depth)) return false;
  }
  if (separator == '[') buffer_.push_back('[');
  buffer_.push_back(']');
  return leave(array, reader);
}

bool JsonWriter::Encoder::value(const Element& element, int depth) {
  switch (element.type()) {
    case Type::document:
      return document(*Document::from(element.value()), depth + 1);
    case Type::array:
      return array(*Document::from(element.value()), depth + 1);
    case Type::code_with_scope:
      return code_with_scope(element, depth);
    case Type::string:
    case Type::code:
    case Type::symbol:
    case Type::db_pointer:
      text_value(element);
      return true;
    case Type::binary:
      binary(element);
      return true;
    case Type::regex:
      regex(*element.as_regex());
      return true;
    case Type::date:
      date(*element.as_date());
      return true;
    default:
      fixed_value(element);
      return true;
  }
}

void JsonWriter::Encoder::fixed_value(const Element& element) {
  char* at = room();
  const std::uint8_t* value = element.value().data();
  switch (element.type()) {
    case Type::number_double:
      at = put_number(at, bson::load<double>(value));
      break;
    case Type::int32:
      at = put_int32(at, bson::load<std::int32_t>(value));
      break;
    case Type::int64:
      at = put_int64(at, bson::load<std::int64_t>(value));
      break;
    case Type::boolean:
      at = *value != 0 ? put(at, "true") : put(at, "false");
      break;
    case Type::object_id:
      at = put(put_hex(put(at, "{\"$oid\":\""), element.value()), "\"}");
      break;
    case Type::timestamp:
      at = put_unsigned(put(at, "{\"$timestamp\":{\"t\":"), bson::load<std::uint32_t>(value + 4));
      at = put(put_unsigned(put(at, ",\"i\":"), bson::load<std::uint32_t>(value)), "}}");
      break;
    case Type::decimal128:
      at = put_decimal128(put(at, "{\"$numberDecimal\":\""), *element.as_decimal128());
      at = put(at, "\"}");
      break;
    case Type::undefined:
      at = put(at, "{\"$undefined\":true}");
      break;
    case Type::min_key:
      at = put(at, "{\"$minKey\":1}");
      break;
    case Type::max_key:
      at = put(at, "{\"$maxKey\":1}");
      break;
    default:
      at = put(at, "null");
      break;
  }
  buffer_.end_at(at);
}

char* JsonWriter::Encoder::put_number(char* at, double value) const {
  if (std::isfinite(value) && !canonical_) return put_finite_double(at, value);
  return put(put_double(put(at, "{\"$numberDouble\":\""), value), "\"}");
}

char* JsonWriter::Encoder::put_int32(char* at, std::int32_t value) const {
  if (!canonical_) return put_integer(at, value);
  return put(put_integer(put(at, "{\"$numberInt\":\""), value), "\"}");
}

char* JsonWriter::Encoder::put_int64(char* at, std::int64_t value) const {
  if (!canonical_) return put_integer(at, value);
  return put(put_integer(put(at, "{\"$numberLong\":\""), value), "\"}");
}

void JsonWriter::Encoder::text_value(const Element& element) {
  switch (element.type()) {
    case Type::string:
      write_string(text_at(element.value().data()), buffer_);
      return;
    case Type::symbol:
      buffer_.append("{\"$symbol\":");
      write_string(text_at(element.value().data()), buffer_);
      break;
    case Type::code:
      buffer_.append("{\"$code\":");
      write_string(text_at(element.value().data()), buffer_);
      break;
    default: {
      const DbPointer pointer = db_pointer(element);
      buffer_.append("{\"$dbPointer\":{\"$ref\":");
      write_string(pointer.ns, buffer_);
      char* at = put(room(), ",\"$id\":{\"$oid\":\"");
      buffer_.end_at(put(put_hex(at, pointer.id.bytes), "\"}}"));
      break;
    }
  }
  buffer_.push_back('}');
}

void JsonWriter::Encoder::date(std::int64_t millis) {
  char* at = put(room(), "{\"$date\":");
  if (!canonical_ && millis >= first_text_date && millis <= last_text_date) {
    at = put(dates_.put(put(at, "\""), millis), "\"}");
  } else {
    at = put(put_integer(put(at, "{\"$numberLong\":\""), millis), "\"}}");
  }
  buffer_.end_at(at);
}

void JsonWriter::Encoder::binary(const Element& element) {
  const bson::Bytes data = binary_data(element);
  char* at = buffer_.room(base64_size(data.size()) + fixed_room);
  at = put_base64(put(at, "{\"$binary\":{\"base64\":\""), data);
  at = put_hex_byte(put(at, "\",\"subType\":\""), element.value()[4]);
  buffer_.end_at(put(at, "\"}}"));
}

void JsonWriter::Encoder::regex(const bson::Regex& regex) {
  buffer_.append("{\"$regularExpression\":{\"pattern\":");
  write_string(regex.pattern, buffer_);
  buffer_.append(",\"options\":");
  if (std::is_sorted(regex.options.begin(), regex.options.end())) {
    write_string(regex.options, buffer_);
  } else {
    // The specification wants them in alphabetical order.
    std::string options(regex.options);
    std::sort(options.begin(), options.end());
    write_string(options, buffer_);
  }
  buffer_.append("}}");
}

bool JsonWriter::Encoder::code_with_scope(const Element& element, int depth) {
  const CodeWithScope parts = output::code_with_scope(element);
  buffer_.append("{\"$code\":");
  write_string(parts.code, buffer_);
  buffer_.append(",\"$scope\":");
  if (!document(parts.scope, depth + 1)) return false;
  buffer_.push_back('}');
  return true;
}

Status JsonWriter::append(Document document, Buffer& out) {
  const std::size_t before = out.size();
  Encoder encoder(*this, out);
  if (!encoder.document(document, 0)) {
    out.cut_back(before);
    const auto offset = static_cast<std::size_t>(encoder.broken_at() - document.bytes().data());
    return fail(Cause::damaged,
                encoder.too_deep()
                    ? fmt::format("a document is nested deeper than {} levels", bson::max_depth)
                    : fmt::format("a document's BSON is damaged at byte {} of it", offset));
  }
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
  Encoder encoder(*this, out);
  if (!encoder.value(element, 0)) {
    out.cut_back(before);
    return fail(Cause::damaged,
                fmt::format("the BSON of the value of \"{}\" is damaged", element.key()));
  }
  return {};
}

Status JsonWriter::append_value(const Element& element, std::string& out) {
  buffer_.clear(kept_buffer);
  if (auto status = append_value(element, buffer_); !status) return status;
  out.append(buffer_.view());
  return {};
}

void append_json_string(std::string_view text, Buffer& out) {
  write_string(text, out);
}

void append_json_string(std::string_view text, std::string& out) {
  Buffer buffer;
  write_string(text, buffer);
  out.append(buffer.view());
}

}  // namespace mongotail::output

#include "output/shell_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/safe_text.h"
#include "base/utf8.h"
#include "output/bson_parts.h"
#include "output/calendar.h"
#include "output/digits.h"
#include "output/display_width.h"

namespace mongotail::output {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;

bool is_identifier(std::string_view key) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !key.empty() && is_letter(key.front()) && std::all_of(key.begin(), key.end(), is_part);
}

// The quote and the backslash are escaped here, all that a terminal minds in safe_text.
void append_escaped(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t mark = std::min(text.find_first_of("'\\"), text.size());
    append_safe_text(text.substr(0, mark), out);
    text.remove_prefix(mark);
    if (text.empty()) return;
    out += '\\';
    out += text.front();
    text.remove_prefix(1);
  }
}

// The backslashes of a pattern are its own; a slash needs one, unless it has one already.
void append_pattern(std::string_view pattern, std::string& out) {
  while (!pattern.empty()) {
    const std::size_t mark = std::min(pattern.find_first_of("/\\"), pattern.size());
    append_safe_text(pattern.substr(0, mark), out);
    pattern.remove_prefix(mark);
    if (pattern.empty()) return;
    const bool pair =
        pattern.front() == '\\' && pattern.size() > 1 && (pattern[1] == '/' || pattern[1] == '\\');
    if (pair) out += pattern.front();
    if (!pair && (pattern.front() == '/' || pattern.size() == 1)) out += '\\';
    out += pattern[pair ? 1 : 0];
    pattern.remove_prefix(pair ? 2 : 1);
  }
}

void append_quoted(std::string_view text, std::string& out) {
  out += '\'';
  append_escaped(text, out);
  out += '\'';
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  if (text.size() <= count) return text;
  std::string_view rest = text;
  for (; count > 0 && !rest.empty(); --count) rest.remove_prefix(decode_utf8(rest).size);
  return text.substr(0, text.size() - rest.size());
}

}  // namespace

void append_shell_key(std::string_view key, std::string& out) {
  if (is_identifier(key)) {
    out += key;
  } else {
    append_quoted(key, out);
  }
}

/// One run that writes one line.
class ShellWriter::Line {
 public:
  Line(const ShellLimits& limits, std::size_t budget, std::string& out)
      : limits_(limits),
        out_(out),
        stop_at_(budget > SIZE_MAX - out.size() ? SIZE_MAX : out.size() + budget) {}

  Outcome outcome() const { return outcome_; }

  // Each returns false once the outcome is other than whole.
  bool value(const Element& value, int depth);
  bool document(Document document, Keys skip, int depth);
  bool array(Document array, int depth);

 private:
  bool stop(Outcome outcome) {
    outcome_ = outcome;
    return false;
  }
  bool within_budget() { return out_.size() <= stop_at_ || stop(Outcome::cut); }
  bool fixed_value(const Element& value);
  bool string(std::string_view text);
  bool call(std::string_view name, std::string_view text);
  bool binary(const Element& value);
  void date(std::int64_t millis);
  bool code_with_scope(const Element& value, int depth);

  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  const ShellLimits& limits_;
  std::string& out_;
  std::size_t stop_at_;
  Outcome outcome_ = Outcome::whole;
};

bool ShellWriter::Line::document(Document document, Keys skip, int depth) {
  if (depth > bson::max_depth) return stop(Outcome::damaged);
  bool any = false;
  bson::Reader reader(document);
  Element field;
  while (reader.next(field)) {
    if (std::find(skip.begin(), skip.end(), field.key()) != skip.end()) continue;
    out_ += any ? ", " : "{ ";
    any = true;
    append_shell_key(field.key().substr(0, stop_at_ - std::min(out_.size(), stop_at_)), out_);
    out_ += ": ";
    if (!within_budget() || !value(field, depth)) return false;
  }
  out_ += any ? " }" : "{}";
  return reader.damaged() ? stop(Outcome::damaged) : within_budget();
}

bool ShellWriter::Line::array(Document array, int depth) {
  if (depth > bson::max_depth) return stop(Outcome::damaged);
  std::size_t count = 0;
  bson::Reader reader(array);
  Element element;
  while (reader.next(element)) {
    if (++count > limits_.elements) continue;
    out_ += count > 1 ? ", " : "[ ";
    if (!value(element, depth)) return false;
  }
  if (count > limits_.elements)
    print(", {}+{} elements", limits_.ellipsis, count - limits_.elements);
  out_ += count > 0 ? " ]" : "[]";
  return reader.damaged() ? stop(Outcome::damaged) : within_budget();
}

bool ShellWriter::Line::value(const Element& value, int depth) {
  switch (value.type()) {
    case Type::document:
      return document(*value.as_document(), {}, depth + 1);
    case Type::array:
      return array(*value.as_array(), depth + 1);
    case Type::string:
      return string(*value.as_text());
    case Type::symbol:
      return call("BSONSymbol", *value.as_text());
    case Type::code:
      return call("Code", *value.as_text());
    case Type::code_with_scope:
      return code_with_scope(value, depth);
    case Type::binary:
      return binary(value);
    default:
      return fixed_value(value);
  }
}

bool ShellWriter::Line::fixed_value(const Element& value) {
  char text[64];
  const auto written = [&](const char* end) {
    return std::string_view(text, static_cast<std::size_t>(end - text));
  };
  switch (value.type()) {
    case Type::number_double:
      out_ += written(put_double(text, *value.as_double()));
      break;
    case Type::int32:
      out_ += written(put_integer(text, *value.as_int32()));
      break;
    case Type::int64:
      print("Long('{}')", *value.as_int64());
      break;
    case Type::decimal128:
      print("Decimal128('{}')", written(put_decimal128(text, *value.as_decimal128())));
      break;
    case Type::boolean:
      out_ += *value.as_bool() ? "true" : "false";
      break;
    case Type::object_id:
      print("ObjectId('{}')", written(put_hex(text, value.value())));
      break;
    case Type::date:
      date(*value.as_date());
      break;
    case Type::timestamp:
      print("Timestamp({}, {})", value.as_timestamp()->seconds, value.as_timestamp()->ordinal);
      break;
    case Type::regex:
      out_ += '/';
      append_pattern(value.as_regex()->pattern, out_);
      out_ += '/';
      append_safe_text(value.as_regex()->options, out_);
      break;
    case Type::db_pointer:
      out_ += "DBPointer(";
      append_quoted(db_pointer(value).ns, out_);
      print(", ObjectId('{}'))", written(put_hex(text, db_pointer(value).id.bytes)));
      break;
    case Type::min_key:
      out_ += "MinKey()";
      break;
    case Type::max_key:
      out_ += "MaxKey()";
      break;
    case Type::undefined:
      out_ += "undefined";
      break;
    default:
      out_ += "null";
      break;
  }
  return within_budget();
}

bool ShellWriter::Line::string(std::string_view text) {
  std::string_view shown = first_characters(text, limits_.characters);
  const std::size_t room = stop_at_ - std::min(out_.size(), stop_at_);
  if (shown.size() > room) {
    append_quoted(shown.substr(0, room), out_);
    return stop(Outcome::cut);
  }
  append_quoted(shown, out_);
  text.remove_prefix(shown.size());
  if (!text.empty()) print("{}+{} characters", limits_.ellipsis, count_characters(text));
  return within_budget();
}

bool ShellWriter::Line::call(std::string_view name, std::string_view text) {
  out_ += name;
  out_ += '(';
  if (!string(text)) return false;
  out_ += ')';
  return true;
}

bool ShellWriter::Line::binary(const Element& value) {
  constexpr std::uint8_t uuid = 4;
  const std::uint8_t subtype = value.value()[4];
  const bson::Bytes data = binary_data(value);
  if (subtype == uuid && data.size() == 16) {
    char text[36];
    char* at = put_hex(text, data.first(4));
    for (const std::size_t part : {4u, 6u, 8u}) at = put_hex(put(at, "-"), data.subspan(part, 2));
    put_hex(put(at, "-"), data.last(6));
    print("UUID('{}')", std::string_view(text, sizeof text));
    return within_budget();
  }
  const bson::Bytes shown = data.first(
      std::min({data.size(), limits_.bytes, stop_at_ - std::min(out_.size(), stop_at_)}));
  std::string text(base64_size(shown.size()), '\0');
  put_base64(text.data(), shown);
  print("Binary.createFromBase64('{}', {})", text, subtype);
  if (shown.size() < data.size())
    print("{}+{} bytes", limits_.ellipsis, data.size() - shown.size());
  return within_budget();
}

void ShellWriter::Line::date(std::int64_t millis) {
  if (millis < first_text_date || millis > last_text_date) {
    print("new Date({})", millis);
    return;
  }
  char text[24];
  IsoDateWriter dates;
  print("ISODate('{}')",
        std::string_view(text, static_cast<std::size_t>(dates.put(text, millis, true) - text)));
}

bool ShellWriter::Line::code_with_scope(const Element& value, int depth) {
  const CodeWithScope parts = output::code_with_scope(value);
  out_ += "Code(";
  if (!string(parts.code)) return false;
  out_ += ", ";
  if (!document(parts.scope, {}, depth + 1)) return false;
  out_ += ')';
  return true;
}

/// One run that may write several lines.
class ShellWriter::Block {
 public:
  Block(const ShellWriter& writer, const ShellBox& box, std::string& out)
      : writer_(writer), box_(box), out_(out) {}

  // `used` are the columns before the value on its line. False at damage.
  bool container(Document container, bool is_array, std::size_t indent, std::size_t used,
                 int depth);

 private:
  bool try_line(Document container, bool is_array, std::size_t used);
  bool value(const Element& value, std::size_t indent, std::size_t used, int depth);
  bool fields(Document document, std::size_t indent, int depth);
  bool elements(Document array, std::size_t indent, int depth);
  bool scalar_element(const Element& element, std::size_t indent, std::size_t& used, int depth);
  void new_line(std::size_t indent) {
    out_ += '\n';
    out_ += box_.margin;
    out_.append(indent, ' ');
  }

  const ShellWriter& writer_;
  const ShellBox& box_;
  std::string& out_;
};

bool ShellWriter::Block::try_line(Document container, bool is_array, std::size_t used) {
  constexpr std::size_t bytes_per_column = 4;
  const std::size_t before = out_.size();
  const std::size_t room = box_.columns - std::min(used, box_.columns);
  Line line(writer_.limits_, room * bytes_per_column, out_);
  const bool whole = is_array ? line.array(container, 0) : line.document(container, {}, 0);
  if (whole && columns_of(std::string_view(out_).substr(before)) <= room) return true;
  out_.resize(before);
  return false;
}

bool ShellWriter::Block::container(Document container, bool is_array, std::size_t indent,
                                   std::size_t used, int depth) {
  if (depth > bson::max_depth) return false;
  if (container.empty()) {
    out_ += is_array ? "[]" : "{}";
    return true;
  }
  if (try_line(container, is_array, used)) return true;
  return is_array ? elements(container, indent, depth) : fields(container, indent, depth);
}

bool ShellWriter::Block::value(const Element& value, std::size_t indent, std::size_t used,
                               int depth) {
  if (const auto nested = value.as_container()) {
    return container(*nested, value.type() == Type::array, indent, used, depth + 1);
  }
  Line line(writer_.limits_, ShellLimits::none, out_);
  return line.value(value, depth);
}

bool ShellWriter::Block::fields(Document document, std::size_t indent, int depth) {
  char separator = '{';
  bson::Reader reader(document);
  Element field;
  while (reader.next(field)) {
    out_ += separator;
    separator = ',';
    new_line(indent + 2);
    const std::size_t key = out_.size();
    append_shell_key(field.key(), out_);
    out_ += ": ";
    const std::size_t used = indent + 2 + columns_of(std::string_view(out_).substr(key));
    if (!value(field, indent + 2, used, depth)) return false;
  }
  if (separator == '{') out_ += '{';
  new_line(indent);
  out_ += '}';
  return !reader.damaged();
}

// Values other than documents and arrays share lines. `used` is at the end of the one before.
bool ShellWriter::Block::scalar_element(const Element& element, std::size_t indent,
                                        std::size_t& used, int depth) {
  std::string text;
  if (!Line(writer_.limits_, ShellLimits::none, text).value(element, depth)) return false;
  const std::size_t columns = columns_of(text);
  constexpr std::size_t space_and_comma = 2;
  if (used + columns + space_and_comma > box_.columns) {
    new_line(indent);
    used = indent;
  } else {
    out_ += ' ';
    ++used;
  }
  out_ += text;
  used += columns + 1;
  return true;
}

bool ShellWriter::Block::elements(Document array, std::size_t indent, int depth) {
  out_ += '[';
  std::size_t count = 0;
  std::size_t used = box_.columns;
  bson::Reader reader(array);
  Element element;
  while (reader.next(element)) {
    if (++count > writer_.limits_.elements) continue;
    if (count > 1) out_ += ',';
    if (!element.as_container()) {
      if (!scalar_element(element, indent + 2, used, depth)) return false;
      continue;
    }
    new_line(indent + 2);
    used = box_.columns;
    if (!value(element, indent + 2, indent + 2, depth)) return false;
  }
  if (count > writer_.limits_.elements) {
    out_ += ',';
    new_line(indent + 2);
    fmt::format_to(std::back_inserter(out_), "{}+{} elements", writer_.limits_.ellipsis,
                   count - writer_.limits_.elements);
  }
  new_line(indent);
  out_ += ']';
  return !reader.damaged();
}

ShellWriter::Outcome ShellWriter::append_value(const Element& value, std::string& out,
                                               std::size_t budget) const {
  Line line(limits_, budget, out);
  line.value(value, 0);
  return line.outcome();
}

ShellWriter::Outcome ShellWriter::append_document(Document document, std::string& out, Keys skip,
                                                  std::size_t budget) const {
  Line line(limits_, budget, out);
  line.document(document, skip, 0);
  return line.outcome();
}

bool ShellWriter::append_block(const Element& value, const ShellBox& box, std::string& out) const {
  if (const auto nested = value.as_container()) {
    return Block(*this, box, out)
        .container(*nested, value.type() == Type::array, box.indent, box.used, 1);
  }
  return append_value(value, out) == Outcome::whole;
}

bool ShellWriter::append_block(Document document, const ShellBox& box, std::string& out) const {
  return Block(*this, box, out).container(document, false, box.indent, box.used, 0);
}

}  // namespace mongotail::output

#include "bson/shell_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "bson/shell_call.h"
#include "bson/view.h"

namespace mongotail::bson {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// A recursive descent over the text. `at_` never passes its end.
class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  Result<std::string> whole() {
    auto json = value(0);
    if (!json) return json;
    skip_space();
    if (at_ < text_.size()) return wrong("text after the end of the value");
    return json;
  }

 private:
  using Json = Result<std::string>;

  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  void skip_space() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }
  bool skip(char c) {
    skip_space();
    if (!more() || peek() != c) return false;
    ++at_;
    return true;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    while (is_name(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  tl::unexpected<Error> wrong(std::string_view what) const {
    return fail(Cause::usage, fmt::format("{} at character {}", what, at_ + 1));
  }

  Json value(int depth);
  Json object(int depth);
  Json array(int depth);
  Json key();
  Json word(int depth);
  Json call(std::string_view type, int depth);
  Json regex();
  Result<std::string> number();
  Result<std::string> string();
  bool escape(std::string& out);
  std::optional<std::uint32_t> hex(std::size_t count);
  bool unicode(std::string& out);

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<std::string> Translator::value(int depth) {
  skip_space();
  if (depth > max_depth) return wrong("nested too deeply");
  switch (peek()) {
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case '"':
    case '\'':
      return string().map([](const std::string& text) { return json_string(text); });
    case '/':
      return regex();
    default:
      break;
  }
  const std::string_view rest = text_.substr(at_);
  if (is_digit(peek()) || peek() == '.' || peek() == '+' ||
      (peek() == '-' && !rest.starts_with("-Infinity"))) {
    return number();
  }
  return word(depth);
}

Result<std::string> Translator::object(int depth) {
  std::string out = "{";
  ++at_;
  for (bool first = true; !skip('}'); first = false) {
    if (!first && !skip(',')) return wrong("a comma or } is missing");
    if (!first && skip('}')) break;
    auto field = key();
    if (!field) return field;
    if (!skip(':')) {
      return fail(Cause::usage, fmt::format("a colon is missing at character {}", at_ + 1),
                  R"(a name with a dot needs quotes: {"o.status": "paid"})");
    }
    auto json = value(depth + 1);
    if (!json) return json;
    if (!first) out += ',';
    out += *field + ':' + *json;
  }
  return out + '}';
}

Result<std::string> Translator::array(int depth) {
  std::string out = "[";
  ++at_;
  for (bool first = true; !skip(']'); first = false) {
    if (!first && !skip(',')) return wrong("a comma or ] is missing");
    if (!first && skip(']')) break;
    auto json = value(depth + 1);
    if (!json) return json;
    if (!first) out += ',';
    out += *json;
  }
  return out + ']';
}

Result<std::string> Translator::key() {
  skip_space();
  if (peek() == '"' || peek() == '\'') {
    return string().map([](const std::string& text) { return json_string(text); });
  }
  const std::string_view bare = name();
  if (bare.empty()) return wrong("a name is missing");
  return json_string(bare);
}

Result<std::string> Translator::word(int depth) {
  const std::size_t begin = at_;
  const bool negative = peek() == '-';
  if (negative) ++at_;
  std::string_view text = name();
  if (text == "new") {
    skip_space();
    text = name();
  }
  const std::size_t type_begin = static_cast<std::size_t>(text.data() - text_.data());
  if (text == "Binary" && peek() == '.') {
    ++at_;
    name();
    text = text_.substr(type_begin, at_ - type_begin);
  }
  if (skip('(')) return call(text, depth);
  if (text == "true" || text == "false" || text == "null") return std::string(text);
  if (text == "undefined") return std::string(R"({"$undefined":true})");
  if (text == "NaN" || text == "Infinity") {
    return fmt::format(R"({{"$numberDouble":"{}{}"}})", negative ? "-" : "", text);
  }
  if (text == "MinKey" || text == "MaxKey") return shell_call(text, {});
  at_ = begin;
  if (!more()) return wrong("a value is missing");
  if (text.empty()) return wrong("a value can't begin like that");
  return fail(Cause::usage, fmt::format("'{}' is not a value", text), "put text into quotes");
}

Result<std::string> Translator::call(std::string_view type, int depth) {
  std::vector<ShellArgument> arguments;
  while (!skip(')')) {
    if (!arguments.empty() && !skip(',')) return wrong("a comma or ) is missing");
    skip_space();
    const std::size_t begin = at_;
    auto json = value(depth + 1);
    if (!json) return json;
    ShellArgument argument;
    const char first = text_[begin];
    if (first == '"' || first == '\'') {
      const std::size_t end = std::exchange(at_, begin);
      argument.kind = ShellArgument::Kind::string;
      argument.text = *string();
      at_ = end;
    } else if (is_digit(first) || first == '-' || first == '+' || first == '.') {
      argument.kind = ShellArgument::Kind::number;
      argument.text = *json;
    }
    argument.json = *std::move(json);
    arguments.push_back(std::move(argument));
  }
  return shell_call(type, arguments);
}

// As in JavaScript, a slash within brackets does not end it.
Result<std::string> Translator::regex() {
  std::string pattern;
  bool in_class = false;
  for (++at_; more() && (peek() != '/' || in_class); ++at_) {
    if (peek() == '\\' && at_ + 1 < text_.size()) {
      ++at_;
      if (peek() != '/') pattern += '\\';
    } else if (peek() == '[') {
      in_class = true;
    } else if (peek() == ']') {
      in_class = false;
    }
    pattern += peek();
  }
  if (!more()) return wrong("the regular expression has no closing /");
  ++at_;
  return shell_regex(pattern, name());
}

// JSON's numbers, and what else JavaScript takes: a plus, nothing before or after the point.
Result<std::string> Translator::number() {
  std::string out;
  const auto digits = [&] {
    const std::size_t begin = at_;
    while (is_digit(peek())) out += text_[at_++];
    return at_ - begin;
  };
  if (peek() == '-') out += '-';
  if (peek() == '-' || peek() == '+') ++at_;
  const std::size_t whole_begin = at_;
  const std::size_t whole = digits();
  if (whole > 1 && text_[whole_begin] == '0') return wrong("a number begins with 0");
  if (whole == 0) out += '0';
  std::size_t fraction = 0;
  if (peek() == '.') {
    ++at_;
    out += '.';
    fraction = digits();
    if (fraction == 0) out += '0';
  }
  if (whole + fraction == 0) return wrong("a number has no digits");
  if (peek() == 'e' || peek() == 'E') {
    out += text_[at_++];
    if (peek() == '-' || peek() == '+') out += text_[at_++];
    if (digits() == 0) return wrong("a number has no digits in its exponent");
  }
  if (is_name(peek())) return wrong("a number ends with letters");
  return out;
}

Result<std::string> Translator::string() {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  std::string out;
  while (more() && peek() != quote) {
    if (peek() != '\\') {
      out += text_[at_++];
      continue;
    }
    ++at_;
    if (!escape(out)) return wrong("unknown escape after \\");
  }
  if (!more()) {
    at_ = begin;
    return wrong("unterminated quote, opened");
  }
  ++at_;
  return out;
}

bool Translator::escape(std::string& out) {
  if (!more()) return false;
  const char c = text_[at_++];
  constexpr std::string_view letters = "nrtbfv0";
  constexpr std::string_view meant("\n\r\t\b\f\v\0", 7);
  if (const std::size_t found = letters.find(c); found != std::string_view::npos) {
    out += meant[found];
    return true;
  }
  if (c == 'x') {
    const auto code = hex(2);
    if (code) append_utf8(*code, out);
    return code.has_value();
  }
  if (c == 'u') return unicode(out);
  // JavaScript takes any other character for itself.
  if (c != '\n') out += c;
  return true;
}

std::optional<std::uint32_t> Translator::hex(std::size_t count) {
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = peek();
    if (!more() || hex_value(c) < 0) return std::nullopt;
    code = code << 4 | static_cast<std::uint32_t>(hex_value(c));
    ++at_;
  }
  return code;
}

// Characters beyond 16 bits are written as two escapes.
bool Translator::unicode(std::string& out) {
  const auto is_high = [](std::uint32_t code) { return code >= 0xd800 && code < 0xdc00; };
  const auto is_low = [](std::uint32_t code) { return code >= 0xdc00 && code < 0xe000; };
  auto code = hex(4);
  if (!code || is_low(*code)) return false;
  if (is_high(*code)) {
    if (!text_.substr(at_).starts_with("\\u")) return false;
    at_ += 2;
    const auto low = hex(4);
    if (!low || !is_low(*low)) return false;
    code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
  }
  append_utf8(*code, out);
  return true;
}

}  // namespace

Result<std::string> shell_to_json(std::string_view text) {
  return Translator(text).whole();
}

}  // namespace mongotail::bson

#include "cli/config_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "base/safe_text.h"
#include "base/text.h"

namespace mongotail::cli {
namespace {

// Far more than flags can take; a wrong file (a database, a device) is not read whole.
constexpr std::size_t largest_file = 1u << 20;

tl::unexpected<Error> malformed(int line, std::string_view why) {
  return fail(Cause::usage, fmt::format("line {}: {}", line, why),
              "lines are written: name = \"value\"");
}

/// Hands out lines and counts them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    return true;
  }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

/// Where the comment after a value without quotes begins.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_blank = i == 0 || blanks.find(text[i - 1]) != std::string_view::npos;
    if (text[i] == '#' && after_blank) return trimmed(text.substr(0, i));
  }
  return text;
}

/// Takes `"…"` or `'…'` from the front of `text`; nullopt if the quote has no end.
std::optional<std::string> take_quoted(std::string_view& text) {
  const auto end = text.find(text.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string value(text.substr(1, end - 1));
  text = trimmed(text.substr(end + 1));
  return value;
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

/// The inside of `[a, "b", …]`, which may continue on further lines.
Result<std::vector<std::string>> take_array(std::string_view rest, Lines& lines) {
  std::vector<std::string> values;
  const int begin = lines.number();
  for (;;) {
    while (is_comment(rest)) {
      if (!lines.next(rest)) return malformed(begin, "the [ is never closed");
    }
    if (rest.front() == ']') {
      if (!is_comment(trimmed(rest.substr(1)))) {
        return malformed(lines.number(), "there is text after the ]");
      }
      return values;
    }
    if (is_quote(rest.front())) {
      auto value = take_quoted(rest);
      if (!value) return malformed(lines.number(), "a quote is never closed");
      values.push_back(std::move(*value));
    } else {
      const auto end = std::min(rest.find_first_of(",]"), rest.size());
      values.emplace_back(trimmed(without_comment(rest.substr(0, end))));
      rest.remove_prefix(end);
    }
    if (!rest.empty() && rest.front() == ',') {
      rest = trimmed(rest.substr(1));
    } else if (!is_comment(rest) && rest.front() != ']') {
      return malformed(lines.number(), "values in [ ] are separated by commas");
    }
  }
}

Status parse_value(std::string_view text, Lines& lines, ConfigItem& item) {
  if (!text.empty() && text.front() == '[') {
    auto values = take_array(trimmed(text.substr(1)), lines);
    if (!values) return fail(std::move(values.error()));
    item.values = std::move(*values);
    item.quoted = true;
    return {};
  }
  if (!text.empty() && is_quote(text.front())) {
    auto value = take_quoted(text);
    if (!value) return malformed(item.line, "a quote is never closed");
    if (!is_comment(text)) return malformed(item.line, "there is text after the closing quote");
    item.values = {std::move(*value)};
    item.quoted = true;
    return {};
  }
  item.values = {std::string(without_comment(text))};
  return {};
}

Result<std::string> read_all(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A directory opens, but can't be read.
  if (!file.eof() && file.fail()) {
    return fail(Cause::input, fmt::format("can't read it: {}", std::strerror(errno)),
                "check the path and its permissions");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file) {
    return fail(Cause::usage, "it is too large for a file of options",
                "lines are written: name = value");
  }
  return text;
}

}  // namespace

Result<std::vector<ConfigItem>> parse_config(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return malformed(1, "this is not a text file");
  std::vector<ConfigItem> items;
  Lines lines(text);
  std::string_view line;
  while (lines.next(line)) {
    if (is_comment(line) || line == "[default]") continue;
    if (line.front() == '[') return malformed(lines.number(), "there are no sections");
    ConfigItem item;
    item.line = lines.number();
    const auto equals = line.find('=');
    const bool bare = equals == std::string_view::npos;
    std::string_view name = trimmed(bare ? without_comment(line) : line.substr(0, equals));
    if (name.starts_with("--")) name.remove_prefix(2);
    if (name.empty() || name.find_first_of(blanks) != std::string_view::npos) {
      return malformed(item.line, "there is no name = value");
    }
    item.name = name;
    if (bare) {
      item.bare = true;
      item.values = {"true"};
    } else if (auto parsed = parse_value(trimmed(line.substr(equals + 1)), lines, item); !parsed) {
      return fail(std::move(parsed.error()));
    }
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<ConfigItem>> read_config_file(const std::string& path) {
  const auto named = [&path](Error error) {
    error.what = fmt::format("--config {}: {}", safe_text(path), error.what);
    return fail(std::move(error));
  };
  auto text = read_all(path);
  if (!text) return named(std::move(text.error()));
  auto items = parse_config(*text);
  if (!items) return named(std::move(items.error()));
  return items;
}

}  // namespace mongotail::cli

#include "cli/config_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/safe_text.h"
#include "cli/config_file.h"

namespace mongotail::cli {
namespace {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  constexpr std::string_view separators = ", \t";
  while (true) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return parts;
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

bool is_answered(const Flag& flag, std::span<const Flag* const> typed) {
  const std::vector<std::string> others = split_list(flag.yields_to);
  return std::ranges::any_of(typed, [&](const Flag* other) {
    return other == &flag || std::ranges::find(others, other->name) != others.end();
  });
}

/// A line of the file.
class Line {
 public:
  Line(Invocation::Command command, const ConfigItem& item) : command_(command), item_(item) {}

  Result<ConfigWords> read() const {
    const std::string name = "--" + item_.name;
    const Flag* flag = find_flag(command_, name);
    // A line may be nothing but a password, so only a name that is ours is shown.
    if (flag == nullptr || flag->name != name) {
      return usage(fmt::format("line {}: unknown option", item_.line),
                   flag_hint(command_, item_.name));
    }
    if (!flag->in_file)
      return bad("is not allowed in a config file", "write it on the command line");
    return flag->takes_value() ? with_value(*flag) : on_or_off(*flag);
  }

 private:
  Result<ConfigWords> on_or_off(const Flag& flag) const {
    const std::string text = item_.values.size() == 1 ? item_.values.front() : "";
    if (text == "true") return ConfigWords{{std::string(flag.name)}, {&flag}};
    if (text != "false") return bad("is true or false", {});
    if (flag.name != "--follow") return ConfigWords{};
    return ConfigWords{{"--no-follow"}, {find_flag(command_, "--no-follow")}};
  }

  Result<ConfigWords> with_value(const Flag& flag) const {
    if (item_.bare) return bad("has no value", "lines are written: name = \"value\"");
    std::vector<std::string> values = item_.values;
    if (flag.repeatable() && !item_.quoted && !values.front().empty()) {
      values = split_list(values.front());
    }
    if (!flag.repeatable() && values.size() != 1) return bad("takes one value", {});
    ConfigWords line;
    for (std::string& value : values) {
      line.words.emplace_back(flag.name);
      line.words.push_back(std::move(value));
    }
    if (!values.empty()) line.flags.push_back(&flag);
    return line;
  }

  tl::unexpected<Error> bad(std::string_view why, std::string hint) const {
    return usage(fmt::format("line {}: {} {}", item_.line, item_.name, why), std::move(hint));
  }

  Invocation::Command command_;
  const ConfigItem& item_;
};

}  // namespace

Result<ConfigWords> read_config_words(Invocation::Command command, const std::string& path,
                                      std::span<const Flag* const> typed) {
  auto items = read_config_file(path);
  if (!items) return fail(std::move(items.error()));
  ConfigWords all;
  for (const ConfigItem& item : *items) {
    auto line = Line(command, item).read();
    if (!line) {
      line.error().what = fmt::format("--config {}: {}", safe_text(path), line.error().what);
      return fail(std::move(line.error()));
    }
    if (line->flags.empty() || is_answered(*line->flags.front(), typed)) continue;
    all.flags.push_back(line->flags.front());
    all.words.insert(all.words.end(), line->words.begin(), line->words.end());
  }
  return all;
}

}  // namespace mongotail::cli

#include "cli/config_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/safe_text.h"
#include "cli/config_file.h"

namespace mongotail::cli {
namespace {

/// What the config file says with `flag` does not count where one of `by` was typed, though another
/// flag: they answer the same question. --port alone goes with the file's --host.
struct Shadowed {
  std::string_view flag;
  std::array<std::string_view, 4> by;
};

constexpr std::array<Shadowed, 13> shadowed{{
    {"--uri", {"--host", "--port", "--file", "--connect"}},
    {"--host", {"--uri", "--file", "--connect"}},
    {"--port", {"--uri", "--host", "--file", "--connect"}},
    {"--username", {"--file", "--connect"}},
    {"--password", {"--file", "--connect"}},
    {"--file", {"--uri", "--host", "--port", "--connect"}},
    {"--connect", {"--uri", "--host", "--port", "--file"}},
    {"--output", {"--format"}},
    {"--format", {"--output"}},
    {"--follow", {"--no-follow"}},
    {"--no-follow", {"--follow"}},
    {"--verbose", {"--quiet"}},
    {"--quiet", {"--verbose"}},
}};

bool was_typed(const CLI::Option& option, const std::set<std::string>& typed) {
  const std::string name = long_name(option);
  if (typed.contains(name)) return true;
  const auto shadow = std::find_if(shadowed.begin(), shadowed.end(),
                                   [&name](const Shadowed& s) { return s.flag == name; });
  return shadow != shadowed.end() &&
         std::any_of(shadow->by.begin(), shadow->by.end(), [&typed](std::string_view other) {
           return typed.contains(std::string(other));
         });
}

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

/// The words that stand for one line of the file.
Result<std::vector<Word>> words_of(Definitions& definitions, const ConfigItem& item) {
  CLI::Option* option = definitions.find("--" + item.name);
  // A line may be nothing but a password, so only a name that is ours is shown.
  if (option == nullptr) {
    return usage(fmt::format("line {}: unknown option", item.line),
                 flag_hint(definitions, item.name));
  }
  const auto bad = [&item](std::string_view why, std::string hint) {
    return usage(fmt::format("line {}: {} {}", item.line, item.name, why), std::move(hint));
  };
  if (!option->get_configurable())
    return bad("can't stand in a file", "write it on the command line");
  std::vector<Word> words;
  if (!takes_value(*option)) {
    const std::string text = item.values.size() == 1 ? item.values.front() : "";
    if (text != "true" && text != "false") return bad("is true or false", {});
    if (text == "true") words.push_back({option, ""});
    if (text == "false" && item.name == "follow")
      words.push_back({definitions.find("--no-follow"), ""});
    return words;
  }
  std::vector<std::string> values = item.values;
  if (is_repeatable(*option) && !item.quoted && !values.empty())
    values = split_list(values.front());
  if (!is_repeatable(*option) && values.size() != 1) return bad("takes one value", {});
  for (std::string& value : values) words.push_back({option, std::move(value)});
  return words;
}

}  // namespace

Result<std::vector<Word>> read_config_words(Definitions& definitions, const std::string& path,
                                            const std::set<std::string>& typed) {
  auto items = read_config_file(path);
  if (!items) return fail(std::move(items.error()));
  std::vector<Word> all;
  for (const ConfigItem& item : *items) {
    auto words = words_of(definitions, item);
    if (!words) {
      words.error().what = fmt::format("--config {}: {}", safe_text(path), words.error().what);
      return fail(std::move(words.error()));
    }
    for (Word& word : *words) {
      if (!was_typed(*word.option, typed)) all.push_back(std::move(word));
    }
  }
  return all;
}

}  // namespace mongotail::cli

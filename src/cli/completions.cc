#include "cli/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "cli/options.h"

namespace mongotail::cli {
namespace {

using Value = FlagHint::Value;

struct Described {
  Flag flag;
  FlagHint hint;
};

std::vector<Described> described_flags() {
  std::map<std::string_view, FlagHint> hints;
  for (const FlagHint& hint : flag_hints()) hints[hint.flag] = hint;
  std::vector<Described> all;
  for (Flag& flag : known_flags()) {
    const FlagHint hint = hints[flag.long_name];
    all.push_back({std::move(flag), hint});
  }
  return all;
}

// ---- bash --------------------------------------------------------------------------------------

constexpr std::string_view bash_begin = R"(# mongotail's completions for bash

_mongotail() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word head
  # --flag=value comes as three words.
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  case $prev in
)";

constexpr std::string_view bash_end = R"(  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
    return
  fi
  # --file takes each word up to the next flag.
  for ((word = COMP_CWORD - 1; word > 0; word--)); do
    [[ ${COMP_WORDS[word]} == -* ]] || continue
    [[ ${COMP_WORDS[word]} == --file ]] && _mongotail_files
    return
  done
}

_mongotail_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

complete -F _mongotail mongotail
)";

std::string bash_action(const FlagHint& hint) {
  switch (hint.value) {
    case Value::none:
    case Value::optional:
      return "";
    case Value::free:
      return "return";
    case Value::file:
    case Value::files:
      return "_mongotail_files; return";
    case Value::word:
    case Value::time:
      return fmt::format(R"(mapfile -t COMPREPLY < <(compgen -W '{}' -- "$cur"); return)",
                         hint.words);
    case Value::list:
      return fmt::format(
          R"(head=${{cur%"${{cur##*,}}"}})"
          R"(; mapfile -t COMPREPLY < <(compgen -P "$head" -W '{}' -- "${{cur##*,}}"))"
          "; return",
          hint.words);
  }
  return "";
}

std::string for_bash() {
  std::string names;
  std::vector<std::pair<std::string, std::string>> cases;  // patterns, what they lead to
  for (const auto& [flag, hint] : described_flags()) {
    names += (names.empty() ? "" : " ") + flag.long_name;
    const std::string action = bash_action(hint);
    if (action.empty()) continue;
    auto same = std::find_if(cases.begin(), cases.end(),
                             [&action](const auto& found) { return found.second == action; });
    if (same == cases.end()) same = cases.insert(cases.end(), {"", action});
    std::string& pattern = same->first;
    for (const std::string& name : {flag.short_name, flag.long_name}) {
      if (!name.empty()) pattern += (pattern.empty() ? "" : " | ") + name;
    }
  }
  std::string out(bash_begin);
  for (const auto& [pattern, action] : cases) {
    fmt::format_to(std::back_inserter(out), "    {}) {} ;;\n", pattern, action);
  }
  out += bash_end;
  const std::string_view place = "  COMPREPLY=()\n";
  out.insert(out.find(place), fmt::format("  local flags='{}'\n", names));
  return out;
}

// ---- zsh ---------------------------------------------------------------------------------------

std::string zsh_value(const FlagHint& hint) {
  switch (hint.value) {
    case Value::none:
      return "";
    case Value::optional:
      return fmt::format("::{}: ", hint.name);
    case Value::free:
      return fmt::format(":{}: ", hint.name);
    case Value::file:
    case Value::files:
      return fmt::format(":{}:_files", hint.name);
    case Value::word:
    case Value::time:
      return fmt::format(":{}:({})", hint.name, hint.words);
    case Value::list:
      return fmt::format(":{}:_values -s , operation {}", hint.name, hint.words);
  }
  return "";
}

std::string zsh_spec(const Flag& flag, const FlagHint& hint) {
  const bool has_value = hint.value != Value::none;
  const std::string text = fmt::format("[{}]{}", hint.description, zsh_value(hint));
  const std::string long_form = flag.long_name + (has_value ? "=" : "");
  const std::string short_form = flag.short_name + (has_value ? "+" : "");
  if (flag.short_name.empty()) {
    return fmt::format("'{}{}{}'", flag.repeatable ? "*" : "", long_form, text);
  }
  return fmt::format("'({} {})'{{{},{}}}'{}'", flag.short_name, flag.long_name, short_form,
                     long_form, text);
}

std::string for_zsh() {
  std::string out = "#compdef mongotail\n\n_mongotail() {\n  _arguments -s -S \\\n";
  for (const auto& [flag, hint] : described_flags()) {
    out += "    " + zsh_spec(flag, hint) + " \\\n";
  }
  out += R"(    '*:URI:{ (( ${words[(I)--file*]} )) && _files }'
}

_mongotail "$@"
)";
  return out;
}

// ---- fish --------------------------------------------------------------------------------------

std::string fish_value(const FlagHint& hint) {
  switch (hint.value) {
    case Value::none:
    case Value::optional:
      return "";
    case Value::free:
      return " -x";
    case Value::file:
    case Value::files:
      return " -r -F";
    case Value::word:
    case Value::time:
      return fmt::format(" -x -a '{}'", hint.words);
    case Value::list:
      return fmt::format(" -x -a '(__fish_append , {})'", hint.words);
  }
  return "";
}

std::string for_fish() {
  std::string out =
      "# mongotail's completions for fish\n\n"
      "complete -c mongotail -f\n"
      "complete -c mongotail -n '__fish_contains_opt file' -F\n";
  for (const auto& [flag, hint] : described_flags()) {
    out += "complete -c mongotail";
    if (!flag.short_name.empty()) out += " -s " + flag.short_name.substr(1);
    fmt::format_to(std::back_inserter(out), " -l {}{} -d '{}'\n", flag.long_name.substr(2),
                   fish_value(hint), hint.description);
  }
  return out;
}

}  // namespace

std::string completions(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return for_bash();
    case Shell::zsh:
      return for_zsh();
    case Shell::fish:
      break;
  }
  return for_fish();
}

}  // namespace mongotail::cli

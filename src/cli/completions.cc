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

using Command = Invocation::Command;

std::vector<Described> described_flags(Command command) {
  std::map<std::string_view, FlagHint> hints;
  for (const FlagHint& hint : flag_hints()) hints[hint.flag] = hint;
  std::vector<Described> all;
  for (Flag& flag : known_flags(command)) {
    const FlagHint hint = hints[flag.long_name];
    all.push_back({std::move(flag), hint});
  }
  return all;
}

bool contains(const std::vector<Described>& flags, const Flag& flag) {
  return std::any_of(flags.begin(), flags.end(), [&flag](const Described& other) {
    return other.flag.long_name == flag.long_name;
  });
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
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W serve -- "$cur")
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

std::string names_of(const std::vector<Described>& flags) {
  std::string names;
  for (const auto& [flag, hint] : flags) names += (names.empty() ? "" : " ") + flag.long_name;
  return names;
}

std::string for_bash() {
  const auto tail = described_flags(Command::tail);
  const auto serve = described_flags(Command::serve);
  auto all = tail;
  for (const Described& each : serve) {
    if (!contains(tail, each.flag)) all.push_back(each);
  }
  std::vector<std::pair<std::string, std::string>> cases;  // patterns, what they lead to
  for (const auto& [flag, hint] : all) {
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
  out.insert(out.find(place),
             fmt::format("  local flags='{}'\n"
                         "  [[ $COMP_CWORD == 1 || ${{COMP_WORDS[1]}} != serve ]] || flags='{}'\n",
                         names_of(tail), names_of(serve)));
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

std::string zsh_arguments(Command command, std::string_view last) {
  std::string out = "  _arguments -s -S \\\n";
  for (const auto& [flag, hint] : described_flags(command)) {
    out += "    " + zsh_spec(flag, hint) + " \\\n";
  }
  return fmt::format("{}    '{}'\n}}\n\n", out, last);
}

std::string for_zsh() {
  std::string out = R"(#compdef mongotail

_mongotail() {
  if (( CURRENT > 2 )) && [[ $words[2] == serve ]]; then
    shift words
    (( CURRENT-- ))
    _mongotail_serve
  else
    _mongotail_tail
  fi
}

_mongotail_word() {
  if (( ${words[(I)--file*]} )); then
    _files
  elif (( CURRENT == 2 )); then
    compadd serve
  fi
}

)";
  out += "_mongotail_tail() {\n" + zsh_arguments(Command::tail, "*:URI:_mongotail_word");
  out += "_mongotail_serve() {\n" + zsh_arguments(Command::serve, "*:URI:{ false }");
  out += "_mongotail \"$@\"\n";
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

std::string fish_line(const Described& described, std::string_view condition) {
  const auto& [flag, hint] = described;
  std::string out = "complete -c mongotail";
  if (!condition.empty()) out += fmt::format(" -n '{}'", condition);
  if (!flag.short_name.empty()) out += " -s " + flag.short_name.substr(1);
  return out + fmt::format(" -l {}{} -d '{}'\n", flag.long_name.substr(2), fish_value(hint),
                           hint.description);
}

std::string for_fish() {
  const auto tail = described_flags(Command::tail);
  const auto serve = described_flags(Command::serve);
  std::string out =
      "# mongotail's completions for fish\n\n"
      "complete -c mongotail -f\n"
      "complete -c mongotail -n '__fish_contains_opt file' -F\n"
      "complete -c mongotail -n __fish_is_first_token -a serve -d 'one cursor, many subscribers'\n";
  for (const Described& each : tail) {
    const bool both = contains(serve, each.flag);
    out += fish_line(each, both ? "" : "not __fish_seen_subcommand_from serve");
  }
  for (const Described& each : serve) {
    if (contains(tail, each.flag)) continue;
    out += fish_line(each, "__fish_seen_subcommand_from serve");
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

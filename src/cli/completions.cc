#include "cli/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/flags.h"

namespace mongotail::cli {
namespace {

using Value = Flag::Value;

using Command = Invocation::Command;

std::vector<const Flag*> flags_of(Command command) {
  std::vector<const Flag*> all;
  for (const Flag& flag : flags()) {
    if (flag.is_of(command)) all.push_back(&flag);
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
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'serve info' -- "$cur")
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

std::string bash_action(const Flag& flag) {
  switch (flag.value) {
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
                         flag.words);
    case Value::list:
      return fmt::format(
          R"(head=${{cur%"${{cur##*,}}"}})"
          R"(; mapfile -t COMPREPLY < <(compgen -P "$head" -W '{}' -- "${{cur##*,}}"))"
          "; return",
          flag.words);
  }
  return "";
}

std::string names_of(Command command) {
  std::string names;
  for (const Flag* flag : flags_of(command)) {
    if (!names.empty()) names += ' ';
    names += flag->name;
  }
  return names;
}

/// Whether an earlier row has the same name, for another command.
bool is_second_row(const Flag& flag) {
  const auto first = std::ranges::find(flags(), flag.name, &Flag::name);
  return &*first != &flag;
}

/// Of info, the one command that has such rows.
std::string bash_second_row(const Flag& flag) {
  return fmt::format(
      "  if [[ $COMP_CWORD -gt 1 && ${{COMP_WORDS[1]}} == info && ( $prev == {} || $prev == {} ) "
      "]]; "
      "then {}; fi\n",
      flag.name, flag.letter, bash_action(flag));
}

std::string for_bash() {
  std::vector<std::pair<std::string, std::string>> cases;  // patterns, what they lead to
  std::string second_rows;
  for (const Flag& flag : flags()) {
    const std::string action = bash_action(flag);
    if (is_second_row(flag)) continue;
    if (action.empty()) continue;
    auto same = std::find_if(cases.begin(), cases.end(),
                             [&action](const auto& found) { return found.second == action; });
    if (same == cases.end()) same = cases.insert(cases.end(), {"", action});
    std::string& pattern = same->first;
    for (const std::string_view name : {flag.letter, flag.name}) {
      if (!name.empty()) pattern += fmt::format("{}{}", pattern.empty() ? "" : " | ", name);
    }
  }
  std::string out(bash_begin);
  for (const auto& [pattern, action] : cases) {
    fmt::format_to(std::back_inserter(out), "    {}) {} ;;\n", pattern, action);
  }
  out += bash_end;
  for (const Flag& flag : flags()) {
    if (is_second_row(flag)) second_rows += bash_second_row(flag);
  }
  const std::string_view place = "  COMPREPLY=()\n";
  out.insert(
      out.find(place),
      fmt::format("  local flags='{}'\n"
                  "  [[ $COMP_CWORD == 1 || ${{COMP_WORDS[1]}} != serve ]] || flags='{}'\n"
                  "  [[ $COMP_CWORD == 1 || ${{COMP_WORDS[1]}} != info ]] || flags='{}'\n",
                  names_of(Command::tail), names_of(Command::serve), names_of(Command::info)) +
          second_rows);
  return out;
}

// ---- zsh ---------------------------------------------------------------------------------------

std::string zsh_value(const Flag& flag) {
  switch (flag.value) {
    case Value::none:
      return "";
    case Value::optional:
      return fmt::format("::{}: ", flag.placeholder);
    case Value::free:
      return fmt::format(":{}: ", flag.placeholder);
    case Value::file:
    case Value::files:
      return fmt::format(":{}:_files", flag.placeholder);
    case Value::word:
    case Value::time:
      return fmt::format(":{}:({})", flag.placeholder, flag.words);
    case Value::list:
      return fmt::format(":{}:_values -s , operation {}", flag.placeholder, flag.words);
  }
  return "";
}

std::string zsh_spec(const Flag& flag) {
  const std::string text = fmt::format("[{}]{}", flag.text, zsh_value(flag));
  const std::string long_form = fmt::format("{}{}", flag.name, flag.takes_value() ? "=" : "");
  const std::string short_form = fmt::format("{}{}", flag.letter, flag.takes_value() ? "+" : "");
  if (flag.letter.empty()) {
    return fmt::format("'{}{}{}'", flag.repeatable() ? "*" : "", long_form, text);
  }
  return fmt::format("'({} {})'{{{},{}}}'{}'", flag.letter, flag.name, short_form, long_form, text);
}

std::string zsh_arguments(Command command, std::string_view last) {
  std::string out = "  _arguments -s -S \\\n";
  for (const Flag* flag : flags_of(command)) {
    out += "    " + zsh_spec(*flag) + " \\\n";
  }
  return fmt::format("{}    '{}'\n}}\n\n", out, last);
}

std::string for_zsh() {
  std::string out = R"(#compdef mongotail

_mongotail() {
  if (( CURRENT > 2 )) && [[ $words[2] == (serve|info) ]]; then
    shift words
    (( CURRENT-- ))
    _mongotail_$words[1]
  else
    _mongotail_tail
  fi
}

_mongotail_word() {
  if (( ${words[(I)--file*]} )); then
    _files
  elif (( CURRENT == 2 )); then
    compadd serve info
  fi
}

)";
  out += "_mongotail_tail() {\n" + zsh_arguments(Command::tail, "*:URI:_mongotail_word");
  out += "_mongotail_serve() {\n" + zsh_arguments(Command::serve, "*:URI:{ false }");
  out += "_mongotail_info() {\n" + zsh_arguments(Command::info, "*:URI:{ false }");
  out += "_mongotail \"$@\"\n";
  return out;
}

// ---- fish --------------------------------------------------------------------------------------

std::string fish_value(const Flag& flag) {
  switch (flag.value) {
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
      return fmt::format(" -x -a '{}'", flag.words);
    case Value::list:
      return fmt::format(" -x -a '(__fish_append , {})'", flag.words);
  }
  return "";
}

/// Where the flag is one.
std::string fish_condition(const Flag& flag) {
  std::string others;
  std::string own;
  for (const auto& [name, is_its] :
       {std::pair("serve", flag.serve), std::pair("info", flag.info)}) {
    (is_its ? own : others) += fmt::format(" {}", name);
  }
  if (!flag.tail) return fmt::format(" -n '__fish_seen_subcommand_from{}'", own);
  return others.empty() ? "" : fmt::format(" -n 'not __fish_seen_subcommand_from{}'", others);
}

std::string fish_line(const Flag& flag) {
  std::string out = "complete -c mongotail";
  out += fish_condition(flag);
  if (!flag.letter.empty()) out += fmt::format(" -s {}", flag.letter.substr(1));
  return out + fmt::format(" -l {}{} -d '{}'\n", flag.name.substr(2), fish_value(flag), flag.text);
}

std::string for_fish() {
  std::string out =
      "# mongotail's completions for fish\n\n"
      "complete -c mongotail -f\n"
      "complete -c mongotail -n '__fish_contains_opt file' -F\n"
      "complete -c mongotail -n __fish_is_first_token -a serve -d 'one cursor, many subscribers'\n"
      "complete -c mongotail -n __fish_is_first_token -a info -d 'what the oplog holds'\n";
  for (const Flag& flag : flags()) out += fish_line(flag);
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

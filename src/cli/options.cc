#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/safe_text.h"
#include "cli/config_words.h"
#include "cli/definitions.h"
#include "cli/stray_words.h"
#include "cli/tokenizer.h"

namespace mongotail::cli {
namespace {

void append(std::vector<std::string>& argv, const Word& word) {
  argv.push_back(long_name(*word.option));
  if (takes_value(*word.option)) argv.push_back(word.value);
}

/// Gives CLI11 the words; with what the tokenizer has made sure of it finds nothing to complain of.
Status apply(Definitions& definitions, std::vector<std::string> argv) {
  std::reverse(argv.begin(), argv.end());  // as it wants them
  try {
    definitions.parse(std::move(argv));
  } catch (const CLI::Error& error) {
    return usage(fmt::format("the command line can't be read: {}", safe_text(error.what())));
  }
  return {};
}

const Word* last_of(const std::vector<Word>& words, std::string_view name) {
  const auto found = std::find_if(words.rbegin(), words.rend(), [name](const Word& word) {
    return long_name(*word.option) == name;
  });
  return found == words.rend() ? nullptr : &*found;
}

std::set<std::string> names_of(const std::vector<Word>& words) {
  std::set<std::string> names;
  for (const Word& word : words) names.insert(long_name(*word.option));
  return names;
}

/// --help and --version hold whatever else is on the line.
std::optional<Invocation::Action> early_action(std::span<const std::string> arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") return Invocation::Action::help;
    if (word == "--version" || word == "-V") return Invocation::Action::version;
  }
  return std::nullopt;
}

}  // namespace

Invocation::Command command_of(std::span<const std::string> arguments) {
  const bool serve = !arguments.empty() && arguments.front() == "serve";
  return serve ? Invocation::Command::serve : Invocation::Command::tail;
}

Result<Invocation> parse_options(std::span<const std::string> arguments) {
  Invocation invocation;
  invocation.command = command_of(arguments);
  if (invocation.command == Invocation::Command::serve) arguments = arguments.subspan(1);
  Definitions definitions(invocation);
  Tokenizer tokens(definitions, arguments);
  auto status = tokens.run();
  if (!status) {
    // A wrong flag beside --help is the very reason to ask for it.
    const auto action = early_action(arguments);
    if (!action) return fail(std::move(status.error()));
    invocation.action = *action;
    return invocation;
  }
  std::set<std::string> typed = names_of(tokens.words);
  if (!tokens.positionals.empty()) typed.insert("--uri");
  const bool run = !typed.contains("--help") && !typed.contains("--version");
  std::vector<std::string> argv;
  const Word* config = last_of(tokens.words, "--config");
  if (run && config != nullptr) {
    auto words = read_config_words(definitions, config->value, typed);
    if (!words) return fail(std::move(words.error()));
    for (const Word& word : *words) append(argv, word);
    invocation.from_config_file = names_of(*words);
  }
  if (run) {
    const bool uri_given = last_of(tokens.words, "--uri") != nullptr;
    auto checked = check_arguments(tokens.positionals, uri_given, invocation.command);
    if (!checked) return fail(std::move(checked.error()));
  }
  for (const Word& word : tokens.words) append(argv, word);
  if (!tokens.positionals.empty()) append(argv, {definitions.find("--uri"), tokens.positionals[0]});
  status = apply(definitions, std::move(argv));
  if (!status) return fail(std::move(status.error()));
  return invocation;
}

std::vector<Flag> known_flags(Invocation::Command command) {
  Invocation unused;
  unused.command = command;
  Definitions definitions(unused);
  std::vector<Flag> flags;
  for (const CLI::Option* option : definitions.all()) {
    Flag flag;
    flag.long_name = long_name(*option);
    if (!option->get_snames().empty()) flag.short_name = "-" + option->get_snames().front();
    flag.takes_value = takes_value(*option);
    flag.repeatable = is_repeatable(*option);
    flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace mongotail::cli

#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/safe_text.h"
#include "cli/argv.h"
#include "cli/config_words.h"
#include "cli/flags.h"
#include "cli/stray_words.h"

namespace mongotail::cli {
namespace {

std::string names_of(const Flag& flag) {
  std::string names(flag.name);
  if (!flag.letter.empty()) names += fmt::format(",{}", flag.letter);
  // The argument is another way to give it.
  if (flag.name == "--uri") names += ",URI";
  return names;
}

/// The table of flags as CLI11 wants it. One object parses once.
class Parser {
 public:
  explicit Parser(Invocation::Command command) {
    app_.set_help_flag();
    for (const Flag& flag : flags()) {
      if (flag.is_of(command)) options_[add(flag)] = &flag;
    }
  }

  /// What is given several times, in the order in which it was. Throws CLI::Error.
  void parse(std::vector<std::string> words, Invocation& into) {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app_.parse(std::move(words));
    std::map<const CLI::Option*, std::size_t> taken;
    for (const CLI::Option* option : app_.parse_order()) {
      const Flag& flag = *options_.at(option);
      std::string value;
      // Values are taken as they were given: CLI11 2.4 reduces "{}" to an empty list.
      if (flag.takes_value()) value = option->results().at(taken[option]++);
      set(into, flag, std::move(value));
    }
  }

 private:
  CLI::Option* add(const Flag& flag) {
    if (!flag.takes_value()) return app_.add_flag(names_of(flag));
    return app_.add_option(names_of(flag))
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  CLI::App app_;
  std::map<const CLI::Option*, const Flag*> options_;
};

Status parse_words(Invocation& into, std::vector<std::string> words) {
  try {
    Parser(into.command).parse(std::move(words), into);
  } catch (const CLI::Error& error) {
    return usage(fmt::format("the command line can't be read: {}", safe_text(error.what())));
  }
  return {};
}

/// --help and --version hold whatever else is on the line.
std::optional<Invocation::Action> early_action(Invocation::Command command,
                                               std::span<const std::string> arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") break;
    const Flag* flag = find_flag(command, word);
    if (flag == nullptr) continue;
    if (const auto* action = std::get_if<Invocation::Action>(&flag->field)) return *action;
  }
  return std::nullopt;
}

bool has_action(const Argv& argv) {
  return std::ranges::any_of(argv.flags, [](const Flag* flag) {
    return std::holds_alternative<Invocation::Action>(flag->field);
  });
}

/// The words of the --config file, which those of the command line follow.
Result<std::vector<std::string>> words_of_file(const Argv& argv, Invocation& invocation) {
  if (argv.config_file.empty() &&
      std::ranges::none_of(argv.flags, [](const Flag* f) { return f->name == "--config"; })) {
    return std::vector<std::string>();
  }
  std::vector<const Flag*> typed = argv.flags;
  if (!argv.arguments.empty()) typed.push_back(find_flag(invocation.command, "--uri"));
  auto file = read_config_words(invocation.command, argv.config_file, typed);
  if (!file) return fail(std::move(file.error()));
  for (const Flag* flag : file->flags) invocation.from_config_file.emplace(flag->name);
  return std::move(file->words);
}

Status check_uri(const Argv& argv, Invocation::Command command) {
  const bool uri_given =
      std::ranges::any_of(argv.flags, [](const Flag* flag) { return flag->name == "--uri"; });
  return check_arguments(argv.arguments, uri_given, command);
}

}  // namespace

Invocation::Command command_of(std::span<const std::string> arguments) {
  using Command = Invocation::Command;
  if (!arguments.empty() && arguments.front() == "serve") return Command::serve;
  if (!arguments.empty() && arguments.front() == "info") return Command::info;
  return Command::tail;
}

Result<Invocation> parse_options(std::span<const std::string> arguments) {
  Invocation invocation;
  invocation.command = command_of(arguments);
  if (invocation.command != Invocation::Command::tail) arguments = arguments.subspan(1);
  auto argv = read_argv(invocation.command, arguments);
  if (!argv) {
    // A wrong flag beside --help is the very reason to ask for it.
    const auto action = early_action(invocation.command, arguments);
    if (!action) return fail(std::move(argv.error()));
    invocation.action = *action;
    return invocation;
  }
  std::vector<std::string> words;
  if (has_action(*argv)) {
    if (argv->arguments.size() > 1) argv->words.resize(argv->words.size() - argv->arguments.size());
  } else {
    auto file = words_of_file(*argv, invocation);
    if (!file) return fail(std::move(file.error()));
    words = std::move(*file);
    if (auto checked = check_uri(*argv, invocation.command); !checked) {
      return fail(std::move(checked.error()));
    }
  }
  if (argv->arguments.size() > 1 && invocation.command != Invocation::Command::serve &&
      !has_action(*argv)) {
    invocation.more_uris.assign(argv->arguments.begin() + 1, argv->arguments.end());
    argv->words.resize(argv->words.size() - invocation.more_uris.size());
  }
  words.insert(words.end(), argv->words.begin(), argv->words.end());
  if (auto parsed = parse_words(invocation, std::move(words)); !parsed) {
    return fail(std::move(parsed.error()));
  }
  return invocation;
}

}  // namespace mongotail::cli

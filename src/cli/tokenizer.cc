#include "cli/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/safe_text.h"

namespace mongotail::cli {
namespace {

/// Its value is each word up to the next flag, such as what the shell makes of *.bson.
bool takes_several(const CLI::Option& option) {
  return option.check_lname("file");
}

bool is_flag(std::string_view word) {
  return word.size() > 1 && word.starts_with('-');
}

bool wants_prompt(const CLI::Option& option) {
  return option.check_lname("password");
}

bool is_uri(std::string_view text) {
  return text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
}

/// As -p with a value these would make the password that follows a host.
bool is_password_abbreviated(std::string_view word) {
  constexpr std::array<std::string_view, 4> habits = {"-pw", "-pwd", "-pass", "-passwd"};
  return std::ranges::find(habits, word) != habits.end();
}

}  // namespace

Status Tokenizer::run() {
  while (at_ < arguments_.size()) {
    const std::string& word = arguments_[at_++];
    Status status;
    if (word == "--") {
      positionals.insert(positionals.end(), rest().begin(), rest().end());
      at_ = arguments_.size();
    } else if (word.starts_with("--")) {
      status = take_long(word);
    } else if (word.size() > 1 && word[0] == '-') {
      status = take_short(word);
    } else {
      positionals.push_back(word);
    }
    if (!status) return status;
  }
  return {};
}

Status Tokenizer::take_long(const std::string& word) {
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  CLI::Option* option = definitions_.find(name);
  if (option == nullptr) {
    return usage(fmt::format("unknown flag {}", safe_text(name)), flag_hint(definitions_, name));
  }
  if (equals == std::string::npos) return take_next_as_value(option, name);
  if (!takes_value(*option)) return usage(fmt::format("{} takes no value", name));
  words.push_back({option, word.substr(equals + 1)});
  return {};
}

/// `-v`, `-fv`, `-n5`, `-n 5`.
Status Tokenizer::take_short(const std::string& word) {
  if (const auto meant = "-" + word.substr(0, word.find('=')); definitions_.find(meant) != nullptr) {
    return usage(fmt::format("unknown flag {}", meant.substr(1)),
                 fmt::format("did you mean {}?", meant));
  }
  if (is_password_abbreviated(word)) {
    return usage(fmt::format("unknown flag {}", word), "did you mean --password?");
  }
  for (std::size_t i = 1; i < word.size(); ++i) {
    const std::string name = {'-', word[i]};
    CLI::Option* option = definitions_.find(name);
    if (option == nullptr) {
      return usage(fmt::format("unknown flag {}", safe_text(name)), flag_hint(definitions_, word));
    }
    if (!takes_value(*option)) {
      words.push_back({option, ""});
    } else if (i + 1 < word.size()) {
      words.push_back({option, word.substr(i + 1)});
      return {};
    } else {
      return take_next_as_value(option, name);
    }
  }
  return {};
}

Status Tokenizer::take_next_as_value(CLI::Option* option, const std::string& name) {
  if (!takes_value(*option)) {
    words.push_back({option, ""});
    return {};
  }
  const bool has_next = !rest().empty();
  if (wants_prompt(*option) && has_next && is_flag(rest().front()) &&
      !reads_as_flags(rest().front())) {
    return usage(fmt::format("the word after {} is not a flag of mongotail", name),
                 fmt::format("write a password that begins with - as {}=PASSWORD",
                             long_name(*option)));
  }
  if (wants_prompt(*option) && (!has_next || is_flag(rest().front()) || is_uri(rest().front()))) {
    words.push_back({option, ""});
    return {};
  }
  if (!has_next) return usage(fmt::format("{} needs a value", name));
  if (names_a_flag(rest().front())) {
    const std::string flag = rest().front().substr(0, rest().front().find('='));
    return usage(fmt::format("{} needs a value, and {} is a flag", name, flag),
                 fmt::format("if {} is the value, write {}={}", flag, long_name(*option), flag));
  }
  do {
    words.push_back({option, arguments_[at_++]});
  } while (takes_several(*option) && !rest().empty() && !is_flag(rest().front()));
  return {};
}

/// `--name`, `--name=value` or `-n` of ours: more likely a forgotten value than one.
bool Tokenizer::names_a_flag(const std::string& word) {
  if (word.starts_with("--")) return definitions_.find(word.substr(0, word.find('='))) != nullptr;
  return word.size() == 2 && word[0] == '-' && definitions_.find(word) != nullptr;
}

/// A known flag, several short ones, or one with its value. Anything else that follows --password
/// may be the password.
bool Tokenizer::reads_as_flags(const std::string& word) {
  if (word == "--" || names_a_flag(word)) return true;
  if (word.starts_with("--")) return false;
  for (std::size_t i = 1; i < word.size(); ++i) {
    const CLI::Option* option = definitions_.find({'-', word[i]});
    if (option == nullptr) return false;
    if (takes_value(*option)) return true;
  }
  return true;
}

}  // namespace mongotail::cli

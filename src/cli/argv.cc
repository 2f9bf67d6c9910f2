#include "cli/argv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/safe_text.h"

namespace mongotail::cli {
namespace {

bool is_flag(std::string_view word) {
  return word.size() > 1 && word.starts_with('-');
}

bool is_uri(std::string_view text) {
  return text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
}

/// As -p with a value these would make the password that follows a host.
bool is_password_abbreviated(std::string_view word) {
  constexpr std::array<std::string_view, 4> habits = {"-pw", "-pwd", "-pass", "-passwd"};
  return std::ranges::find(habits, word) != habits.end();
}

std::string before_equals(const std::string& word) {
  return word.substr(0, word.find('='));
}

class ArgvReader {
 public:
  ArgvReader(Invocation::Command command, std::span<const std::string> typed)
      : command_(command), rest_(typed) {}

  Result<Argv> run() {
    while (!rest_.empty()) {
      const std::string word = take();
      Status status;
      if (word == "--") {
        argv_.arguments.insert(argv_.arguments.end(), rest_.begin(), rest_.end());
        rest_ = {};
      } else if (word.starts_with("--")) {
        status = take_long(word);
      } else if (is_flag(word)) {
        status = take_letters(word);
      } else {
        argv_.arguments.push_back(word);
      }
      if (!status) return fail(std::move(status.error()));
    }
    if (!argv_.arguments.empty()) argv_.words.emplace_back("--");
    argv_.words.insert(argv_.words.end(), argv_.arguments.begin(), argv_.arguments.end());
    return std::move(argv_);
  }

 private:
  const Flag* find(std::string_view name) const { return find_flag(command_, name); }

  std::string take() {
    const std::string& word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

  /// A flag with its value, or without where it takes none.
  void put(const Flag& flag, std::string word) {
    argv_.flags.push_back(&flag);
    argv_.words.push_back(std::move(word));
  }
  void put_value(const Flag& flag, std::string value) {
    if (flag.name == "--config") argv_.config_file = value;
    argv_.words.push_back(std::move(value));
  }

  Status take_long(const std::string& word) {
    const std::string name = before_equals(word);
    const Flag* flag = find(name);
    if (flag == nullptr) {
      return usage(fmt::format("unknown flag {}", safe_text(name)), flag_hint(command_, name));
    }
    if (name.size() == word.size()) return take_next_as_value(*flag, name);
    if (!flag->takes_value()) return usage(fmt::format("{} takes no value", name));
    put(*flag, name);
    put_value(*flag, word.substr(name.size() + 1));
    return {};
  }

  /// `-v`, `-fv`, `-n5`, `-n 5`.
  Status take_letters(const std::string& word) {
    if (const auto meant = "-" + before_equals(word); find(meant) != nullptr) {
      return usage(fmt::format("unknown flag {}", meant.substr(1)),
                   fmt::format("did you mean {}?", meant));
    }
    if (is_password_abbreviated(word)) {
      return usage(fmt::format("unknown flag {}", word), "did you mean --password?");
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name = {'-', word[i]};
      const Flag* flag = find(name);
      if (flag == nullptr) {
        return usage(fmt::format("unknown flag {}", safe_text(name)), flag_hint(command_, word));
      }
      if (!flag->takes_value()) {
        argv_.flags.push_back(flag);
        continue;
      }
      const std::string before = i > 1 ? word.substr(0, i) : "";
      if (!before.empty()) argv_.words.push_back(before);
      if (i + 1 == word.size()) return take_next_as_value(*flag, name);
      put(*flag, name);
      put_value(*flag, word.substr(i + 1));
      return {};
    }
    argv_.words.push_back(word);
    return {};
  }

  Status take_next_as_value(const Flag& flag, const std::string& name) {
    put(flag, name);
    if (!flag.takes_value()) return {};
    if (flag.value == Flag::Value::optional) {
      auto asks = asks_for_value(flag, name);
      if (!asks) return fail(std::move(asks.error()));
      if (*asks) {
        put_value(flag, "");
        return {};
      }
    }
    if (rest_.empty()) return usage(fmt::format("{} needs a value", name));
    if (names_a_flag(rest_.front())) {
      const std::string other = before_equals(rest_.front());
      return usage(fmt::format("{} needs a value, and {} is a flag", name, other),
                   fmt::format("if {} is the value, write {}={}", other, flag.name, other));
    }
    put_value(flag, take());
    while (flag.value == Flag::Value::files && !rest_.empty() && !is_flag(rest_.front())) {
      put(flag, name);
      put_value(flag, take());
    }
    return {};
  }

  /// Whether the value was left out. Cause::usage: it may be a password that begins with a dash.
  Result<bool> asks_for_value(const Flag& flag, const std::string& name) const {
    if (rest_.empty() || is_uri(rest_.front())) return true;
    if (!is_flag(rest_.front())) return false;
    if (reads_as_flags(rest_.front())) return true;
    return usage(fmt::format("the word after {} is not a flag of mongotail", name),
                 fmt::format("write a password that begins with - as {}=PASSWORD", flag.name));
  }

  /// `--name`, `--name=value` or `-n` of ours: more likely a forgotten value than one.
  bool names_a_flag(const std::string& word) const {
    if (word.starts_with("--")) return find(before_equals(word)) != nullptr;
    return word.size() == 2 && word[0] == '-' && find(word) != nullptr;
  }

  /// A known flag, several short ones, or one with its value. Anything else that follows --password
  /// may be the password.
  bool reads_as_flags(const std::string& word) const {
    if (word == "--" || names_a_flag(word)) return true;
    if (word.starts_with("--")) return false;
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Flag* flag = find(std::string{'-', word[i]});
      if (flag == nullptr) return false;
      if (flag->takes_value()) return true;
    }
    return true;
  }

  Invocation::Command command_;
  std::span<const std::string> rest_;
  Argv argv_;
};

}  // namespace

Result<Argv> read_argv(Invocation::Command command, std::span<const std::string> typed) {
  return ArgvReader(command, typed).run();
}

}  // namespace mongotail::cli

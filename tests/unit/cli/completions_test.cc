#include "cli/completions.h"

#include <set>

#include "cli/info_config.h"
#include "cli/time_spec.h"
#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using Value = Flag::Value;

TEST(Flags, HaveAPlaceholderExactlyWhereTheyTakeAValue) {
  for (const Flag& flag : flags()) {
    EXPECT_EQ(flag.takes_value(), !flag.placeholder.empty()) << flag.name;
  }
}

TEST(Flags, OfACommandAreNamedOnce) {
  for (const auto command :
       {Invocation::Command::tail, Invocation::Command::serve, Invocation::Command::info}) {
    std::set<std::string_view> names;
    for (const Flag& flag : flags()) {
      if (!flag.is_of(command)) continue;
      EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
      if (!flag.letter.empty()) {
        EXPECT_TRUE(names.insert(flag.letter).second) << flag.letter;
      }
    }
  }
}

TEST(Flags, YieldToFlagsThatThereAre) {
  for (const Flag& flag : flags()) {
    std::istringstream others{std::string(flag.yields_to)};
    for (std::string other; others >> other;) {
      EXPECT_NE(find_flag(Invocation::Command::tail, other), nullptr) << flag.name << " " << other;
    }
  }
}

TEST(Flags, NeedNoQuotingInAnyShell) {
  for (const Flag& flag : flags()) {
    EXPECT_FALSE(flag.text.empty()) << flag.name;
    EXPECT_EQ(flag.text.find_first_of("'\"`$\\[]:{}"), std::string_view::npos) << flag.name;
  }
}

/// What the program says that it would have taken.
std::string accepted_words(const Flag& flag) {
  const auto refused = [&]() -> Status {
    if (flag.tail) {
      auto config = config_of({std::string(flag.name), "no-such-word"});
      return config ? Status() : fail(config.error());
    }
    auto config = resolve_info(*parse({"info", std::string(flag.name), "no-such-word"}), {});
    return config ? Status() : fail(config.error());
  }();
  EXPECT_FALSE(refused) << flag.name;
  return refused ? "" : refused.error().what;
}

TEST(Flags, NameTheWordsThatTheProgramTakes) {
  for (const Flag& flag : flags()) {
    if (flag.value != Value::word && flag.value != Value::list) continue;
    std::string words(flag.words);
    for (std::size_t at = 0; (at = words.find(' ', at)) != std::string::npos; at += 2) {
      words.replace(at, 1, ", ");
    }
    // An op also has a letter; the words are the last ones named.
    EXPECT_THAT(accepted_words(flag), EndsWith(words)) << flag.name;
    const bool letters_too = flag.name == "--op";
    const std::string begin = letters_too ? ", " : "not one of ";
    EXPECT_THAT(accepted_words(flag), HasSubstr(begin + words)) << flag.name;
  }
}

TEST(Flags, NameTimesThatTheProgramTakes) {
  for (const Flag& flag : flags()) {
    if (flag.value != Value::time) continue;
    std::istringstream words{std::string(flag.words)};
    for (std::string word; words >> word;) {
      EXPECT_TRUE(parse_time(word, 1'795'400'000)) << flag.name << " " << word;
    }
  }
}

TEST(Completions, NameEachFlagInEachShell) {
  const std::string bash = completions(Shell::bash);
  const std::string zsh = completions(Shell::zsh);
  const std::string fish = completions(Shell::fish);
  for (const Flag& flag : flags()) {
    const std::string name(flag.name.substr(2));
    EXPECT_THAT(bash, HasSubstr("--" + name));
    EXPECT_THAT(zsh, testing::ContainsRegex("--" + name + "(=?\\[|=?})"));
    EXPECT_THAT(fish, HasSubstr(" -l " + name + " "));
  }
}

}  // namespace
}  // namespace mongotail::cli

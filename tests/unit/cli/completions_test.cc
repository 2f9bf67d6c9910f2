#include "cli/completions.h"

#include <set>

#include "cli/time_spec.h"
#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using Value = FlagHint::Value;

std::vector<Flag> all_flags() {
  std::vector<Flag> all = known_flags();
  std::set<std::string> names;
  for (const Flag& flag : all) names.insert(flag.long_name);
  for (const Flag& flag : known_flags(Invocation::Command::serve)) {
    if (names.insert(flag.long_name).second) all.push_back(flag);
  }
  return all;
}

TEST(FlagHints, AreOfExactlyTheFlagsThatAreKnown) {
  std::vector<std::string> known;
  std::vector<std::string> hinted;
  for (const Flag& flag : all_flags()) known.push_back(flag.long_name);
  for (const FlagHint& hint : flag_hints()) hinted.emplace_back(hint.flag);
  EXPECT_THAT(hinted, testing::UnorderedElementsAreArray(known));
}

TEST(FlagHints, SayWhichFlagsTakeAValue) {
  std::map<std::string, FlagHint> hints;
  for (const FlagHint& hint : flag_hints()) hints[std::string(hint.flag)] = hint;
  for (const Flag& flag : all_flags()) {
    const FlagHint& hint = hints[flag.long_name];
    EXPECT_EQ(hint.value != Value::none, flag.takes_value) << flag.long_name;
    EXPECT_EQ(hint.value != Value::none, !hint.name.empty()) << flag.long_name;
  }
}

TEST(FlagHints, NeedNoQuotingInAnyShell) {
  for (const FlagHint& hint : flag_hints()) {
    EXPECT_FALSE(hint.description.empty()) << hint.flag;
    EXPECT_EQ(hint.description.find_first_of("'\"`$\\[]:{}"), std::string_view::npos) << hint.flag;
  }
}

/// What the program says that it would have taken.
std::string accepted_words(const FlagHint& hint) {
  const auto refused = config_of({std::string(hint.flag), "no-such-word"});
  EXPECT_FALSE(refused) << hint.flag;
  return refused ? "" : refused.error().what;
}

TEST(FlagHints, NameTheWordsThatTheProgramTakes) {
  for (const FlagHint& hint : flag_hints()) {
    if (hint.value != Value::word && hint.value != Value::list) continue;
    std::string words(hint.words);
    for (std::size_t at = 0; (at = words.find(' ', at)) != std::string::npos; at += 2) {
      words.replace(at, 1, ", ");
    }
    // An op also has a letter; the words are the last ones named.
    EXPECT_THAT(accepted_words(hint), EndsWith(words)) << hint.flag;
    const std::string begin = hint.value == Value::word ? "none of " : ", ";
    EXPECT_THAT(accepted_words(hint), HasSubstr(begin + words)) << hint.flag;
  }
}

TEST(FlagHints, NameTimesThatTheProgramTakes) {
  for (const FlagHint& hint : flag_hints()) {
    if (hint.value != Value::time) continue;
    std::istringstream words{std::string(hint.words)};
    for (std::string word; words >> word;) {
      EXPECT_TRUE(parse_time(word, 1'795'400'000)) << hint.flag << " " << word;
    }
  }
}

TEST(Completions, NameEachFlagInEachShell) {
  const std::string bash = completions(Shell::bash);
  const std::string zsh = completions(Shell::zsh);
  const std::string fish = completions(Shell::fish);
  for (const Flag& flag : all_flags()) {
    const std::string name = flag.long_name.substr(2);
    EXPECT_THAT(bash, HasSubstr("--" + name));
    EXPECT_THAT(zsh, testing::ContainsRegex("--" + name + "(=?\\[|=?})"));
    EXPECT_THAT(fish, HasSubstr(" -l " + name + " "));
  }
}

}  // namespace
}  // namespace mongotail::cli

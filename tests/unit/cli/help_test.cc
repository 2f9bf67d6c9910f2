#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "base/utf8.h"
#include "cli/info_config.h"
#include "cli/serve_config.h"
#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::HasSubstr;
using testing::IsSubsetOf;
using testing::StartsWith;

std::set<std::string> matches_in(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  const std::sregex_iterator end;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern); at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

using Command = Invocation::Command;

std::set<std::string> known_names(Command command) {
  std::set<std::string> names;
  for (const Flag& flag : flags_of(command)) {
    names.emplace(flag.name);
    if (!flag.letter.empty()) names.emplace(flag.letter);
  }
  return names;
}

/// Every flag in the text, `-x` and `--long`, without the examples.
std::set<std::string> flags_in(const std::string& help) {
  return matches_in(help.substr(0, help.find("\nExamples")),
                    std::regex(R"((?:^|[\s(])(--?[A-Za-z][A-Za-z-]*))"));
}

std::string man_page(Command command) {
  std::ifstream file(command == Command::serve  ? MONGOTAIL_SERVE_MAN_PAGE
                     : command == Command::info ? MONGOTAIL_INFO_MAN_PAGE
                                                : MONGOTAIL_MAN_PAGE);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The lines of the man page that introduce flags.
std::string man_items(Command command) {
  std::istringstream page(man_page(command));
  std::string items;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(".It Fl")) items += line + "\n";
  }
  return items;
}

/// What the man page says of the flag, in one line; empty where it refers to another page.
std::string man_text(Command command, const Flag& flag) {
  std::istringstream page(man_page(command));
  std::string text;
  bool inside = false;
  int lists = 0;
  for (std::string line; std::getline(page, line);) {
    if (lists == 0 && (line.starts_with(".It") || line.starts_with(".El"))) {
      inside = line.starts_with(".It Fl") &&
               (line + " ").find(fmt::format("Fl {} ", flag.name.substr(1))) != std::string::npos;
      continue;
    }
    if (!inside) continue;
    if (line.starts_with(".Bl")) ++lists;
    if (line.starts_with(".El")) --lists;
    text += line + " ";
  }
  return text;
}

std::set<std::string> flags_in_man(const std::string& text) {
  std::set<std::string> flags;
  for (const std::string& name : matches_in(text, std::regex(R"(\bFl (-?[A-Za-z][A-Za-z-]*))"))) {
    flags.insert("-" + name);
  }
  return flags;
}

std::size_t columns(std::string_view line) {
  std::size_t count = 0;
  for (; !line.empty(); ++count) line.remove_prefix(decode_utf8(line).size);
  return count;
}

class EachCommand : public testing::TestWithParam<Command> {};

INSTANTIATE_TEST_SUITE_P(Commands, EachCommand,
                         testing::Values(Command::tail, Command::serve, Command::info),
                         [](const auto& about) {
                           return about.param == Command::serve  ? "Serve"
                                  : about.param == Command::info ? "Info"
                                                                 : "Tail";
                         });

std::size_t lines_of_80_columns(const std::string& text) {
  std::istringstream help(text);
  std::size_t lines = 0;
  for (std::string line; std::getline(help, line); ++lines) EXPECT_LE(columns(line), 80U) << line;
  EXPECT_TRUE(text.ends_with('\n'));
  return lines;
}

TEST_P(EachCommand, HasAHelpThatFitsOnAScreenOf80By40) {
  const std::size_t lines = lines_of_80_columns(help_text(GetParam()));
  EXPECT_GE(lines, 24U);
  EXPECT_LE(lines, 40U);
}

TEST_P(EachCommand, HasAFullHelpThatNamesExactlyTheFlagsThatAreKnown) {
  lines_of_80_columns(full_help_text(GetParam()));
  EXPECT_EQ(flags_in(full_help_text(GetParam())), known_names(GetParam()));
}

TEST_P(EachCommand, HasAHelpOfTheCommonFlagsAndTheWayToTheOthers) {
  const std::string help = help_text(GetParam());
  EXPECT_THAT(known_names(GetParam()), testing::IsSupersetOf(flags_in(help)));
  for (const Flag& flag : flags_of(GetParam())) {
    if (!flag.common) continue;
    EXPECT_THAT(help, HasSubstr(std::string(flag.name)));
  }
  EXPECT_THAT(help, HasSubstr("--help-all"));
}

TEST_P(EachCommand, HasAManPageWithTheDefaultOfEachFlagThatHasOne) {
  int found = 0;
  for (const Flag& flag : flags_of(GetParam())) {
    const std::string text = man_text(GetParam(), flag);
    if (flag.fallback.empty() || text.empty()) continue;
    ++found;
    EXPECT_THAT(text, testing::ContainsRegex("[Dd]efault|Without")) << flag.name;
    if (flag.fallback.find(' ') != std::string_view::npos) continue;
    EXPECT_THAT(text, HasSubstr(std::string(flag.fallback))) << flag.name;
  }
  EXPECT_GE(found, GetParam() == Command::info ? 2 : 5);
}

TEST_P(EachCommand, HasHelpsThatNameTheRoleAndTheExitStatuses) {
  for (const std::string& help : {help_text(GetParam()), full_help_text(GetParam())}) {
    EXPECT_THAT(help, HasSubstr("role read on the database local"));
    EXPECT_THAT(help, HasSubstr("Exit status: 0 "));
  }
}

TEST_P(EachCommand, HasAFullHelpWithALineOfItsOwnForEachFlag) {
  const std::string help = full_help_text(GetParam());
  for (const Flag& flag : flags_of(GetParam())) {
    const std::string begin = flag.letter.empty()
                                  ? fmt::format("\n  {}", flag.name)
                                  : fmt::format("\n  {}, {}", flag.letter, flag.name);
    EXPECT_THAT(help, HasSubstr(begin));
    // Long defaults go over two lines.
    if (!flag.fallback.empty()) {
      EXPECT_THAT(help, HasSubstr(std::string(flag.fallback.substr(0, flag.fallback.find(' ')))));
    }
  }
}

TEST_P(EachCommand, HasThreeExamplesThatTheProgramAccepts) {
  const std::string help(help_text(GetParam()));
  const auto examples =
      matches_in(help.substr(help.find("\nExamples")), std::regex("  mongotail ([^\n]*)"));
  EXPECT_EQ(examples.size(), 3U);
  for (const std::string& example : examples) {
    Words words;
    const std::regex word(R"('([^']*)'|([^\s|']+)|(\|))");
    for (std::sregex_iterator at(example.begin(), example.end(), word), end; at != end; ++at) {
      if ((*at)[3].matched) break;
      words.push_back((*at)[1].matched ? (*at)[1] : (*at)[2]);
    }
    if (GetParam() == Command::serve) {
      EXPECT_TRUE(resolve_serve(*parse(words), {})) << example;
    } else if (GetParam() == Command::info) {
      EXPECT_TRUE(resolve_info(*parse(words), {})) << example;
    } else {
      EXPECT_TRUE(config_of(words)) << example;
    }
  }
}

TEST_P(EachCommand, HasAManPageWithAnItemForExactlyTheFlagsThatAreKnown) {
  EXPECT_EQ(flags_in_man(man_items(GetParam())), known_names(GetParam()));
}

TEST_P(EachCommand, HasAManPageThatSpeaksOfNoFlagThatIsNotKnown) {
  const auto known = known_names(GetParam());
  const auto said = flags_in_man(man_page(GetParam()));
  EXPECT_THAT(said, IsSubsetOf(known));
  EXPECT_GE(said.size(), known.size());
}

TEST_P(EachCommand, HasAManPageThatSaysWhichFlagsTakeAValue) {
  std::istringstream items(man_items(GetParam()));
  std::map<std::string, bool> has_value;
  for (std::string line; std::getline(items, line);) {
    const bool value = line.find(" Ar ") != std::string::npos;
    for (const std::string& flag : flags_in_man(line)) has_value[flag] = value;
  }
  for (const Flag& flag : flags_of(GetParam())) {
    EXPECT_EQ(has_value[std::string(flag.name)], flag.takes_value()) << flag.name;
  }
}

TEST_P(EachCommand, AcceptsTheFlagsThatItKnows) {
  for (const Flag& flag : flags_of(GetParam())) {
    for (const std::string_view name : {flag.name, flag.letter}) {
      if (name.empty() || name == "--config") continue;
      Words words = {std::string(name)};
      if (flag.takes_value()) words.emplace_back("x");
      if (GetParam() == Command::serve) words.insert(words.begin(), "serve");
      if (GetParam() == Command::info) words.insert(words.begin(), "info");
      EXPECT_TRUE(parse(words)) << name;
    }
  }
}

TEST(Version, IsTheProgramsAndTheDrivers) {
  EXPECT_THAT(version_text("1.23.1"), StartsWith("mongotail "));
  EXPECT_TRUE(std::regex_match(version_text("1.23.1"),
                               std::regex("mongotail \\d+\\.\\d+\\.\\d+\nlibmongoc 1\\.23\\.1\n")));
}

TEST(PointingToHelp, SaysWhichHelpToSeeWhereThereIsNothingBetterToTry) {
  const Error mistake{Cause::usage, "there is no flag --wobble", ""};
  EXPECT_EQ(pointing_to_help(mistake, Invocation::Command::tail).hint, "see mongotail --help");
  EXPECT_EQ(pointing_to_help(mistake, Invocation::Command::serve).hint,
            "see mongotail serve --help");
  EXPECT_EQ(pointing_to_help(mistake, Invocation::Command::info).hint, "see mongotail info --help");
  const Error guess{Cause::usage, "there is no flag --pn", "did you mean --ns?"};
  EXPECT_EQ(pointing_to_help(guess, Invocation::Command::tail).hint, "did you mean --ns?");
  const Error gone{Cause::input, "can't read x", ""};
  EXPECT_EQ(pointing_to_help(gone, Invocation::Command::tail).hint, "");
}

}  // namespace
}  // namespace mongotail::cli

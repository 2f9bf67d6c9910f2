#include "cli/config_file.h"

#include <random>

#include "cli_support.h"
#include "random_seed.h"

namespace mongotail::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ConfigItem only(std::string_view text) {
  auto items = parse_config(text);
  if (!items || items->size() != 1) {
    ADD_FAILURE() << "not one item: " << text << (items ? "" : ": " + items.error().what);
    return {};
  }
  return items->front();
}

std::string value(std::string_view text) {
  const ConfigItem item = only("name = " + std::string(text));
  EXPECT_EQ(item.name, "name");
  return item.values.size() == 1 ? item.values[0] : testing::PrintToString(item.values);
}

TEST(ConfigFile, ANameAndAValueStandOnALine) {
  const auto items = parse_config("a = 1\n\n  b=two words \r\nc\n");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 3U);
  EXPECT_EQ((*items)[0].name, "a");
  EXPECT_THAT((*items)[0].values, ElementsAre("1"));
  EXPECT_THAT((*items)[1].values, ElementsAre("two words"));
  EXPECT_EQ((*items)[1].line, 3);
  EXPECT_EQ((*items)[2].name, "c");
  EXPECT_THAT((*items)[2].values, ElementsAre("true"));
}

TEST(ConfigFile, ANameMayHaveItsDashes) {
  EXPECT_EQ(only("--ns = a").name, "ns");
}

TEST(ConfigFile, CommentsBeginWithHashOrSemicolon) {
  const auto items = parse_config("# one\n; two\n  # three\n[default]\n");
  ASSERT_TRUE(items);
  EXPECT_TRUE(items->empty());
}

TEST(ConfigFile, AHashAfterASpaceEndsABareValue) {
  EXPECT_EQ(value("a#b"), "a#b");
  EXPECT_EQ(value("a # b"), "a");
}

TEST(ConfigFile, AQuotedValueIsTakenLiterally) {
  EXPECT_EQ(value(R"("a # b, c; 'd' \n")"), R"(a # b, c; 'd' \n)");
  EXPECT_EQ(value(R"('say "x"')"), R"(say "x")");
  EXPECT_EQ(value(R"("a" # comment)"), "a");
  EXPECT_EQ(value(R"("")"), "");
}

TEST(ConfigFile, AUriMayHoldEqualsSignsAndCommas) {
  EXPECT_EQ(value("mongodb://a:1,b:2/?replicaSet=rs0"), "mongodb://a:1,b:2/?replicaSet=rs0");
}

TEST(ConfigFile, AnArrayMayGoOverSeveralLines) {
  const ConfigItem item = only("ns = [\n  \"a.b\",  # first\n  c,\n\n 'd, e' ]  # end");
  EXPECT_THAT(item.values, ElementsAre("a.b", "c", "d, e"));
  EXPECT_THAT(only("ns = [a, b]").values, ElementsAre("a", "b"));
  EXPECT_THAT(only("ns = []").values, ElementsAre());
}

TEST(ConfigFile, DamageIsAnErrorThatNamesTheLine) {
  for (const char* text : {"ok = 1\nx = \"never closed", "ok = 1\n[section]\nx = 1", "ok = 1\n= 3",
                           "ok = 1\ntwo words = 3", "ok = 1\nx = \"a\" b", "ok = 1\nx = [a, b",
                           "ok = 1\nx = [\"a\" \"b\"]", "ok = 1\nx = [a] b", "ok = 1\nx = [\"a]"}) {
    const auto items = parse_config(text);
    ASSERT_FALSE(items) << text;
    EXPECT_EQ(items.error().cause, Cause::usage);
    EXPECT_THAT(items.error().what, HasSubstr("line 2"));
  }
  EXPECT_FALSE(parse_config(std::string_view("a = 1\0", 6)));
}

TEST(ConfigFile, AnErrorShowsNoValue) {
  const auto items = parse_config("password = \"hunter2");
  ASSERT_FALSE(items);
  EXPECT_THAT(items.error().what + items.error().hint, Not(HasSubstr("hunter2")));
}

TEST(ConfigFile, AMissingFileIsAnErrorThatNamesIt) {
  const auto items = read_config_file("/nonexistent/file");
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().cause, Cause::input);
  EXPECT_THAT(items.error().what, HasSubstr("/nonexistent/file"));
  EXPECT_THAT(items.error().what, HasSubstr("No such file"));
}

TEST(ConfigFile, ADirectoryCannotBeRead) {
  const auto items = read_config_file("/tmp");
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().cause, Cause::input);
  EXPECT_THAT(items.error().what, HasSubstr("directory"));
}

TEST(ConfigFile, AFileWithoutEndIsNotReadToItsEnd) {
  const auto items = read_config_file("/dev/zero");
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().cause, Cause::usage);
}

TEST(ConfigFile, AnEmptyFileHasNoOptions) {
  const auto items = read_config_file("/dev/null");
  ASSERT_TRUE(items);
  EXPECT_TRUE(items->empty());
}

TEST(ConfigFile, AnyTextAtAllIsReadOrRefused) {
  const std::uint32_t seed = random_seed();
  std::mt19937 random(seed);
  constexpr std::string_view alphabet = "ab=[]\"',#; \n\r\t";
  int cases = 0;
  for (; cases < 20'000; ++cases) {
    std::string text(random() % 60, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto items = parse_config(text);
    if (!items) {
      ASSERT_EQ(items.error().cause, Cause::usage) << "seed " << seed;
    }
  }
  EXPECT_EQ(cases, 20'000);
}

}  // namespace
}  // namespace mongotail::cli

#include "match/ns_glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include "match/regex.h"
#include "processor_time.h"
#include "random_seed.h"

namespace mongotail::match {
namespace {

bool glob_matches(std::string_view pattern, std::string_view ns) {
  const auto glob = NsGlob::parse(pattern);
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(ns);
}

std::string regex_of(std::string_view pattern) {
  return NsGlob::parse(pattern)->regex();
}

TEST(NsGlob, ALiteralMatchesItselfAlone) {
  EXPECT_TRUE(glob_matches("app.users", "app.users"));
  EXPECT_FALSE(glob_matches("app.users", "app.users2"));
  EXPECT_FALSE(glob_matches("app.users", "app.user"));
  EXPECT_FALSE(glob_matches("app.users", "xapp.users"));
  EXPECT_FALSE(glob_matches("app.users", "app.Users"));
  EXPECT_FALSE(glob_matches("app.users", "appxusers"));
}

TEST(NsGlob, ADatabaseAloneIsAllItsCollections) {
  EXPECT_TRUE(glob_matches("app", "app.users"));
  EXPECT_TRUE(glob_matches("app", "app.a.b.c"));
  EXPECT_TRUE(glob_matches("app", "app.$cmd"));
  EXPECT_FALSE(glob_matches("app", "app2.users"));
  EXPECT_FALSE(glob_matches("app", "app"));
}

TEST(NsGlob, StarInTheDatabasePartNeverCrossesItsDot) {
  EXPECT_TRUE(glob_matches("a*.users", "app.users"));
  EXPECT_TRUE(glob_matches("a*.users", "a.users"));
  EXPECT_FALSE(glob_matches("a*.users", "app.old.users"));
  EXPECT_FALSE(glob_matches("a*s", "app.users"));
}

TEST(NsGlob, QuestionMarkInTheDatabasePartNeverCrossesItsDot) {
  EXPECT_TRUE(glob_matches("ap?.users", "app.users"));
  EXPECT_FALSE(glob_matches("ap?users", "ap.users"));
  EXPECT_FALSE(glob_matches("ap?.users", "ap.users"));
}

TEST(NsGlob, StarInTheCollectionPartCrossesDots) {
  EXPECT_TRUE(glob_matches("app.*users", "app.old.users"));
  EXPECT_TRUE(glob_matches("app.a*b*c", "app.a.b.b.c"));
  EXPECT_FALSE(glob_matches("app.a*b*c", "app.a.c.b"));
}

TEST(NsGlob, QuestionMarkIsOneCharacterNotOneByte) {
  EXPECT_TRUE(glob_matches("app.?", "app.é"));
  EXPECT_TRUE(glob_matches("app.caf?s", "app.cafés"));
  EXPECT_FALSE(glob_matches("app.??", "app.é"));
  EXPECT_FALSE(glob_matches("app.*??", "app.€"));
  EXPECT_TRUE(glob_matches("app.?", "app.\xff"));
}

TEST(NsGlob, BackslashTakesTheNextCharacterLiterally) {
  EXPECT_TRUE(glob_matches(R"(app.a\*)", "app.a*"));
  EXPECT_FALSE(glob_matches(R"(app.a\*)", "app.ab"));
  EXPECT_TRUE(glob_matches(R"(app.a\?\\)", R"(app.a?\)"));
  EXPECT_TRUE(glob_matches(R"(a\pp\.users)", "app.users"));
  EXPECT_TRUE(glob_matches(R"(a\*.users)", "a*.users"));
  EXPECT_FALSE(glob_matches(R"(a\*.users)", "ab.users"));
}

TEST(NsGlob, ATimeSeriesIsFoundUnderTheNameOfItsBuckets) {
  EXPECT_TRUE(glob_matches("app.points", "app.system.buckets.points"));
  EXPECT_TRUE(glob_matches("app.p?in*s", "app.system.buckets.points"));
  EXPECT_TRUE(glob_matches("a*.points", "app.system.buckets.points"));
  EXPECT_TRUE(glob_matches("app.system.buckets.points", "app.system.buckets.points"));
  EXPECT_FALSE(glob_matches("app.points", "app.system.buckets.point"));
  EXPECT_FALSE(glob_matches("app.points", "log.system.buckets.points"));
  EXPECT_FALSE(glob_matches("app.system.buckets.points", "app.points"));
  EXPECT_FALSE(glob_matches("app.buckets", "app.system.buckets."));
  EXPECT_FALSE(NsGlob::parse("app.points")->matches_name({"app", "system.buckets.points"}));
  EXPECT_EQ(NsGlob::parse("app.points")->buckets_literal(), "app.system.buckets.points");
}

TEST(NsGlob, CharactersOfRegularExpressionsAreOrdinary) {
  EXPECT_TRUE(glob_matches("app.a+(b)[c]{d}|^$", "app.a+(b)[c]{d}|^$"));
  EXPECT_FALSE(glob_matches("app.a+", "app.aa"));
}

TEST(NsGlob, OnlyStarMatchesANamespaceWithoutADot) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*.*", "x"));
  EXPECT_FALSE(glob_matches("app*", "app"));
  EXPECT_FALSE(glob_matches("*.a", ""));
}

TEST(NsGlob, BadPatternsAreUsageErrors) {
  for (const std::string& pattern :
       {std::string(""), std::string(".users"), std::string("app."), std::string("app.\\"),
        std::string("\\"), std::string("ap\\"), std::string("a\xff.b"), std::string("a\0b", 3)}) {
    const auto glob = NsGlob::parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().cause, Cause::usage);
    EXPECT_FALSE(glob.error().what.empty());
    EXPECT_FALSE(glob.error().hint.empty()) << pattern;
  }
}

TEST(NsGlob, ManyStarsTakeNoExponentialTime) {
  std::string pattern = "app.";
  for (int i = 0; i < 60; ++i) pattern += "*a";
  pattern += "b";
  const std::string ns = "app." + std::string(20'000, 'a');
  constexpr double most = 5;
  EXPECT_LT(processor_seconds(most, [&] { EXPECT_FALSE(glob_matches(pattern, ns)); }), most);
}

TEST(NsGlob, TellsItsLiteralsAndWhatItCovers) {
  EXPECT_EQ(NsGlob::parse(R"(app.a\*)")->literal(), "app.a*");
  EXPECT_EQ(NsGlob::parse("app.*")->literal(), std::nullopt);
  EXPECT_EQ(NsGlob::parse("app.x*")->database_literal(), "app");
  EXPECT_EQ(NsGlob::parse("a*.x")->database_literal(), std::nullopt);
  EXPECT_TRUE(NsGlob::parse("app")->covers_database("app"));
  EXPECT_TRUE(NsGlob::parse("*")->covers_database("app"));
  EXPECT_FALSE(NsGlob::parse("app.a*")->covers_database("app"));
  EXPECT_FALSE(NsGlob::parse("app")->covers_database("ap"));
}

TEST(NsGlob, ItsRegexIsAnchoredAndEscaped) {
  EXPECT_EQ(regex_of("app.users"), R"(^app\.(?:system\.buckets\.)?users$)");
  EXPECT_EQ(regex_of("app"), R"(^app\.)");
  EXPECT_EQ(regex_of("app.*"), R"(^app\.)");
  EXPECT_EQ(regex_of("a*.x?y*z"), R"(^a[^.]*\.(?:system\.buckets\.)?x[\s\S]y[\s\S]*z$)");
  EXPECT_EQ(regex_of("*a?*b*.*c*?d*"),
            R"(^(?>[^.]*?a[^.])(?>[^.]*?b)[^.]*\.(?>[\s\S]*?c)(?>[\s\S]*?[\s\S]d)[\s\S]*$)");
  EXPECT_EQ(regex_of("app.$cmd+é"), R"(^app\.(?:system\.buckets\.)?\$cmd\+é$)");
  EXPECT_EQ(regex_of("app.a\\*b-c d"), R"(^app\.(?:system\.buckets\.)?a\*b\-c\ d$)");
  EXPECT_EQ(regex_of("a?"), R"(^a[^.]\.)");
}

std::string random_text(std::mt19937_64& random, std::string_view letters, std::size_t longest) {
  std::string text;
  for (std::size_t i = random() % (longest + 1); i > 0; --i) {
    text += letters[random() % letters.size()];
  }
  return text;
}

TEST(NsGlob, ItsRegularExpressionFindsWhatItMatches) {
  const unsigned seed = random_seed();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  int matched = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string pattern =
        "a" + random_text(random, "ab*?", 4) + "." + random_text(random, "ab.**?", 8) + "*";
    const auto glob = NsGlob::parse(pattern);
    ASSERT_TRUE(glob) << pattern;
    const auto regex = Regex::compile(glob->regex(), "");
    ASSERT_TRUE(regex) << regex.error().what;
    for (int j = 0; j < 20; ++j) {
      const std::string ns = "a" + random_text(random, "ab", 4) +
                             (j % 4 == 0 ? ".system.buckets." : ".") +
                             random_text(random, "ab.", 9) + "b";
      matched += glob->matches(ns) ? 1 : 0;
      Effort effort(std::chrono::seconds(10));
      ASSERT_EQ(regex->found_in(ns, effort), glob->matches(ns)) << pattern << " and " << ns;
    }
  }
  EXPECT_GT(matched, 1000);
}

}  // namespace
}  // namespace mongotail::match

#include "match/changed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "match/entries.h"

namespace mongotail::match {
namespace {

bool touches(std::string_view op, std::string_view path, std::string_view o) {
  const auto parsed = ChangedPath::parse(path);
  EXPECT_TRUE(parsed) << path;
  const TestEntry entry(fmt::format(R"({{"op":"{}","ns":"a.b","o":{}}})", op, o));
  return parsed && parsed->matches(entry.get());
}

bool update_touches(std::string_view path, std::string_view o) {
  return touches("u", path, o);
}
bool insert_contains(std::string_view path, std::string_view o) {
  return touches("i", path, o);
}

TEST(Changed, AnUpdateTouchesThePathWhatIsBelowAndItsAncestors) {
  constexpr const char* delta = R"({"$v":2,"diff":{"sa":{"u":{"b":1},"d":{"x":false}}}})";
  EXPECT_TRUE(update_touches("a.b", delta));
  EXPECT_TRUE(update_touches("a", delta));
  EXPECT_TRUE(update_touches("a.b.c", delta));
  EXPECT_FALSE(update_touches("a.c", delta));
  EXPECT_FALSE(update_touches("b", delta));
  EXPECT_FALSE(update_touches("a.bc", delta));
  EXPECT_FALSE(update_touches("aa.b", delta));
}

TEST(Changed, UnsettingTouchesToo) {
  EXPECT_TRUE(update_touches("a.x", R"({"$v":2,"diff":{"sa":{"d":{"x":false}}}})"));
  EXPECT_TRUE(update_touches("a.x.y", R"({"$v":1,"$unset":{"a.x":true}})"));
}

TEST(Changed, ModifiersOfOlderServersAreUnderstood) {
  constexpr const char* modifiers = R"({"$v":1,"$set":{"a.b":6,"items.3.qty":1}})";
  EXPECT_TRUE(update_touches("a", modifiers));
  EXPECT_TRUE(update_touches("items.qty", modifiers));
  EXPECT_TRUE(update_touches("items.3", modifiers));
  EXPECT_FALSE(update_touches("items.2", modifiers));
  EXPECT_FALSE(update_touches("qty", modifiers));
}

TEST(Changed, AnIndexMayBeLeftOut) {
  constexpr const char* delta = R"({"$v":2,"diff":{"sitems":{"a":true,"s3":{"u":{"qty":5}}}}})";
  EXPECT_TRUE(update_touches("items.3.qty", delta));
  EXPECT_TRUE(update_touches("items.qty", delta));
  EXPECT_FALSE(update_touches("items.4.qty", delta));
  EXPECT_FALSE(update_touches("items.price", delta));
}

TEST(Changed, CuttingAnArrayTouchesItAndWhatItHolds) {
  constexpr const char* cut = R"({"$v":2,"diff":{"sarr":{"a":true,"l":2}}})";
  EXPECT_TRUE(update_touches("arr", cut));
  EXPECT_TRUE(update_touches("arr.5", cut));
  EXPECT_FALSE(update_touches("ar", cut));
}

TEST(Changed, NamesWithDotsAgreeOnlyAtTheirEnds) {
  constexpr const char* delta = R"({"$v":2,"diff":{"u":{"a.b":1}}})";
  EXPECT_TRUE(update_touches("a.b", delta));
  EXPECT_TRUE(update_touches("a.b.c", delta));
  EXPECT_FALSE(update_touches("a", delta));
  EXPECT_TRUE(insert_contains("a.b", R"({"_id":1,"a.b":1})"));
  EXPECT_FALSE(insert_contains("a", R"({"_id":1,"a.b":1})"));
}

TEST(Changed, InsertsAndReplacementsMustContainThePath) {
  constexpr const char* document =
      R"({"_id":1,"a":{"b":null},"items":[{"qty":1},[{"z":1}]],"s":1})";
  for (const char* path : {"_id", "a", "a.b", "items", "items.qty", "items.0.qty", "items.0",
                           "items.1.0.z", "items.z"}) {
    EXPECT_TRUE(insert_contains(path, document)) << path;
    EXPECT_TRUE(update_touches(path, document)) << path;
  }
  for (const char* path : {"a.c", "items.1.qty", "items.2", "b", "a.b.c", "s.t", "0"}) {
    EXPECT_FALSE(insert_contains(path, document)) << path;
    EXPECT_FALSE(update_touches(path, document)) << path;
  }
}

TEST(Changed, AnUpdateOfANewerFormatIsShownSinceItCannotBeTold) {
  EXPECT_TRUE(update_touches("a", R"({"$v":9,"novel":{}})"));
}

TEST(Changed, OtherOperationsTouchNothing) {
  EXPECT_FALSE(touches("d", "_id", R"({"_id":1})"));
  EXPECT_FALSE(touches("c", "create", R"({"create":"x"})"));
  EXPECT_FALSE(touches("n", "msg", R"({"msg":"x"})"));
}

TEST(Changed, EmptyAndEndlessPathsAreUsageErrors) {
  for (const std::string& path : {std::string(), std::string(500, '.')}) {
    const auto parsed = ChangedPath::parse(path);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().cause, Cause::usage);
  }
}

TEST(Changed, ManyIndexesTakeNoExponentialTime) {
  std::string path = "a";
  std::string json = "1";
  for (int i = 0; i < 80; ++i) {
    path += ".0";
    json = "[" + json + "]";
  }
  EXPECT_TRUE(insert_contains(path, R"({"a":)" + json + "}"));
  EXPECT_FALSE(insert_contains(path + ".b", R"({"a":)" + json + "}"));
}

}  // namespace
}  // namespace mongotail::match

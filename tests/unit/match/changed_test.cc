#include "match/changed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "match/entries.h"

namespace mongotail::match {
namespace {

bool touches(std::string_view op, std::string_view path, std::string_view o) {
  const auto parsed = ChangedPath::parse(path);
  EXPECT_TRUE(parsed) << path;
  const TestEntry entry(fmt::format(R"({{"op":"{}","ns":"a.b","o":{}}})", op, o));
  Effort effort(std::chrono::seconds(5));
  return parsed && parsed->matches(entry.get(), effort);
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

TEST(Changed, AValueMustBeGivenByAnInsertOrAReplacement) {
  constexpr const char* document =
      R"({"_id":1,"status":"paid","n":{"$numberLong":"5"},"a":{"b":null,"c":[1,2]},
          "lines":[{"qty":1,"tags":["red"]},{"qty":2}],"x.y":7})";
  for (const char* path : {"status=paid",
                           "status=\"paid\"",
                           "status='paid'",
                           "status=/^PA/i",
                           "n=5",
                           "n=5.0",
                           "n=Long('5')",
                           "a.b=null",
                           "a.c=[1,2]",
                           "a.c=2",
                           "a.c.1=2",
                           "a.c[1]=2",
                           "lines.qty=2",
                           "lines[1].qty=2",
                           "lines.tags=red",
                           "lines[0].tags[0]=red",
                           "lines.1={qty: 2}",
                           "lines={\"qty\":2}",
                           "a={b: null, c: [1, 2]}",
                           "x.y=7"}) {
    EXPECT_TRUE(insert_contains(path, document)) << path;
    EXPECT_TRUE(update_touches(path, document)) << path;
  }
  for (const char* path :
       {"status=new", "status=/^a/", "status=", "n=6", "n=\"5\"", "a.b=1", "a.c=[2,1]", "a.c[0]=2",
        "lines.qty=3", "lines[0].qty=2", "lines[1].tags=red", "missing=null", "a={b: null}",
        "lines[2].qty=2", "x.y=8"}) {
    EXPECT_FALSE(insert_contains(path, document)) << path;
    EXPECT_FALSE(update_touches(path, document)) << path;
  }
}

TEST(Changed, AValueMustBeGivenByADelta) {
  constexpr const char* delta =
      R"({"$v":2,"diff":{"d":{"gone":false},"u":{"status":"paid","address":{"city":"Bonn"}},
          "i":{"n":1},"sa":{"u":{"b":2},"sd":{"i":{"e":3}}},
          "slines":{"a":true,"l":4,"s0":{"u":{"qty":5}},"u1":{"qty":6},"u2":"red"}}})";
  for (const char* path : {"status=paid", "address.city=Bonn", "address={city: 'Bonn'}", "n=1",
                           "a.b=2", "a.d.e=3", "lines[0].qty=5", "lines.0.qty=5", "lines.qty=6",
                           "lines[1].qty=6", "lines[1]={qty: 6}", "lines[2]=red", "lines=red"}) {
    EXPECT_TRUE(update_touches(path, delta)) << path;
  }
  for (const char* path :
       {"status=new", "status.x=paid", "address=Bonn", "a={b: 2}", "a.b=3", "gone=false",
        "gone=null", "lines[0].qty=6", "lines[3]=red", "lines.qty=7", "b=2", "a.d=3", "lines=4"}) {
    EXPECT_FALSE(update_touches(path, delta)) << path;
  }
}

TEST(Changed, AValueMustBeGivenByModifiers) {
  constexpr const char* modifiers =
      R"({"$v":1,"$set":{"status":"paid","a.b":{"c":[1,2]},"lines.1.qty":6},
          "$unset":{"gone":true}})";
  for (const char* path : {"status=paid", "a.b.c=2", "a.b.c[0]=1", "a.b={c: [1, 2]}",
                           "lines[1].qty=6", "lines.qty=6"}) {
    EXPECT_TRUE(update_touches(path, modifiers)) << path;
  }
  for (const char* path : {"status=new", "a={b: {c: [1, 2]}}", "lines[0].qty=6", "gone=true"}) {
    EXPECT_FALSE(update_touches(path, modifiers)) << path;
  }
  EXPECT_TRUE(update_touches("a=1", R"({"$v":9,"novel":{}})"));
}

TEST(Changed, BracketsAreIndexes) {
  constexpr const char* modifiers = R"({"$v":1,"$set":{"items.3.qty":1}})";
  EXPECT_TRUE(update_touches("items[3].qty", modifiers));
  EXPECT_TRUE(update_touches("items[3]", modifiers));
  EXPECT_FALSE(update_touches("items[2]", modifiers));
  EXPECT_TRUE(insert_contains("a[x]", R"({"a[x]":1})"));
  EXPECT_TRUE(insert_contains("[0]", R"({"[0]":1})"));
}

TEST(Changed, OtherOperationsTouchNothing) {
  EXPECT_FALSE(touches("d", "_id", R"({"_id":1})"));
  EXPECT_FALSE(touches("c", "create", R"({"create":"x"})"));
  EXPECT_FALSE(touches("n", "msg", R"({"msg":"x"})"));
}

TEST(Changed, EmptyAndEndlessPathsAreUsageErrors) {
  for (const std::string& path :
       {std::string(), std::string(500, '.'), std::string("a..b"), std::string("=1"),
        std::string("a.=1"), std::string("a={"), std::string("a=ObjectId('1')"),
        std::string("a=/(/"), std::string("a=new Date('today')")}) {
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

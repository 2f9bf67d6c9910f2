#include "output/summary_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "output/json_writer.h"
#include "output/operation_support.h"

namespace mongotail::output {
namespace {

using ::testing::ElementsAre;
using ::testing::StrEq;
using ::testing::UnorderedElementsAre;

/// The groups that the operation belongs to, as JSON.
std::vector<std::string> groups(std::vector<SummaryKey> keys, std::string_view json,
                                bool utc = true) {
  SummaryKeyReader reader(std::move(keys), utc);
  std::set<std::string> found;
  const SampleOperation operation(json);
  reader.read(operation.get(), [&](bson::Document group) {
    std::string text;
    EXPECT_TRUE(JsonWriter(JsonMode::relaxed).append(group, text));
    found.insert(text);
  });
  return {found.begin(), found.end()};
}

std::string update(std::string_view o) {
  return R"({"op":"u","ns":"a.b","o2":{"_id":1},"o":)" + std::string(o) + "}";
}

TEST(SummaryKey, NamesAreReadBack) {
  for (const auto* name :
       {"ns", "op", "db", "id", "field", "user", "session", "minute", "hour", "day", "shard"}) {
    const auto key = summary_key(name);
    ASSERT_TRUE(key) << name;
    EXPECT_EQ(name_of(*key), name);
  }
  EXPECT_EQ(summary_key("source"), std::nullopt);
  EXPECT_EQ(summary_key(""), std::nullopt);
}

TEST(SummaryKey, AShardIsTheSourceOfSeveralOrWhatTheOperationSays) {
  const SampleOperation sample(
      R"({"op":"i","ns":"a.b","o":{"_id":1,"shard":"no"},"shard":"said"})");
  const auto shard_of = [](SummaryKeyReader& reader, const oplog::Operation& operation) {
    std::string text;
    reader.read(operation, [&](bson::Document group) {
      EXPECT_TRUE(JsonWriter(JsonMode::relaxed).append(group, text));
    });
    return text;
  };
  SummaryKeyReader reader({SummaryKey::shard}, true);
  oplog::Operation operation = sample.get();
  EXPECT_EQ(shard_of(reader, operation), R"({"shard":"said"})");
  reader.add_source("east");
  reader.add_source("west");
  EXPECT_EQ(shard_of(reader, operation), R"({"shard":"east"})");
  operation.source = 1;
  EXPECT_EQ(shard_of(reader, operation), R"({"shard":"west"})");
  EXPECT_THAT(
      groups({SummaryKey::shard}, R"({"op":"i","ns":"a.b","o":{"shard":"no"},"source":"x"})"),
      ElementsAre(R"({"shard":"x"})"));
  EXPECT_THAT(groups({SummaryKey::shard}, R"({"op":"i","ns":"a.b","o":{"shard":"no"}})"),
              ElementsAre(R"({"shard":null})"));
}

TEST(SummaryKey, KeysComeInTheOrderAskedFor) {
  EXPECT_THAT(groups({SummaryKey::op, SummaryKey::db, SummaryKey::ns},
                     R"({"op":"i","ns":"shop.a.b","o":{"_id":1}})"),
              ElementsAre(R"({"op":"i","db":"shop","ns":"shop.a.b"})"));
}

TEST(SummaryKey, AnIdKeepsItsType) {
  EXPECT_THAT(groups({SummaryKey::id}, R"({"op":"d","ns":"a.b","o":{"_id":"1"}})"),
              ElementsAre(R"({"id":"1"})"));
  EXPECT_THAT(groups({SummaryKey::id}, update(R"({"_id":1,"n":2})")), ElementsAre(R"({"id":1})"));
  EXPECT_THAT(groups({SummaryKey::id}, R"({"op":"c","ns":"a.$cmd","o":{"drop":"b"}})"),
              ElementsAre(R"({"id":null})"));
}

TEST(SummaryKey, AFieldIsAPathWhoseIndexesAreLeftOut) {
  EXPECT_THAT(
      groups(
          {SummaryKey::field},
          update(
              R"({"$v":2,"diff":{"d":{"gone":false},"slines":{"a":true,"u0":1,"s12":{"u":{"qty":1}}}}})")),
      UnorderedElementsAre(R"({"field":"gone"})", R"({"field":"lines.$"})",
                           R"({"field":"lines.$.qty"})"));
  EXPECT_THAT(groups({SummaryKey::field}, update(R"({"$v":1,"$set":{"lines.0.qty":1,"7":1}})")),
              UnorderedElementsAre(R"({"field":"lines.$.qty"})", R"({"field":"7"})"));
}

TEST(SummaryKey, WhatChangesNoSingleFieldHasNone) {
  for (const std::string& json :
       {std::string(R"({"op":"i","ns":"a.b","o":{"_id":1,"n":2}})"), update(R"({"_id":1,"n":2})"),
        std::string(R"({"op":"d","ns":"a.b","o":{"_id":1}})")}) {
    EXPECT_THAT(groups({SummaryKey::field}, json), ElementsAre(R"({"field":null})")) << json;
  }
}

TEST(SummaryKey, UserAndSessionAreOfTheLsid) {
  constexpr std::string_view json =
      R"({"op":"i","ns":"a.b","o":{"_id":1},"lsid":{"id":{"$uuid":"2f953caa-a5f6-4f5d-ba4e-0d9fa8082dd1"},)"
      R"("uid":{"$binary":{"base64":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","subType":"00"}}}})";
  EXPECT_THAT(groups({SummaryKey::user}, json), ElementsAre(R"({"user":"e3b0c44298fc"})"));
  EXPECT_THAT(
      groups({SummaryKey::session}, json),
      ElementsAre(
          R"({"session":{"$binary":{"base64":"L5U8qqX2T126Tg2fqAgt0Q==","subType":"04"}}})"));
  EXPECT_THAT(
      groups({SummaryKey::user, SummaryKey::session}, R"({"op":"i","ns":"a.b","o":{"_id":1}})"),
      ElementsAre(R"({"user":null,"session":null})"));
}

TEST(SummaryKey, PeriodsBeginByTheTimestamp) {
  // 2026-11-23T22:45:50Z, with a clock of the server that is late.
  constexpr std::string_view json =
      R"({"op":"n","ns":"","ts":{"$timestamp":{"t":1795473950,"i":1}},"wall":{"$date":"2026-11-23T22:44:59Z"}})";
  EXPECT_THAT(
      groups({SummaryKey::minute, SummaryKey::hour, SummaryKey::day}, json),
      ElementsAre(
          R"({"minute":{"$date":"2026-11-23T22:45:00Z"},"hour":{"$date":"2026-11-23T22:00:00Z"},)"
          R"("day":{"$date":"2026-11-23T00:00:00Z"}})"));
}

TEST(SummaryKey, DaysAreThoseOfTheTimeZone) {
  const char* before = std::getenv("TZ");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  // 2026-11-23T23:30:00Z is half past midnight there; 2026-10-25T12:00:00Z is on a day of 25 hours.
  EXPECT_THAT(groups({SummaryKey::day},
                     R"({"op":"n","ns":"","ts":{"$timestamp":{"t":1795476600,"i":1}}})", false),
              ElementsAre(R"({"day":{"$date":"2026-11-23T23:00:00Z"}})"));
  EXPECT_THAT(groups({SummaryKey::day},
                     R"({"op":"n","ns":"","ts":{"$timestamp":{"t":1792929600,"i":1}}})", false),
              ElementsAre(R"({"day":{"$date":"2026-10-24T22:00:00Z"}})"));
  if (before == nullptr) {
    ::unsetenv("TZ");
  } else {
    ::setenv("TZ", saved.c_str(), 1);
  }
  ::tzset();
}

TEST(SummaryKey, WhatIsLongIsCut) {
  const std::string text(100'000, 'x');
  for (const std::string& id : {"\"" + text + "\"", R"({"a":")" + text + R"("})"}) {
    const auto found = groups({SummaryKey::id}, R"({"op":"i","ns":"a.b","o":{"_id":)" + id + "}}");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_LE(found.front().size(), SummaryKeyReader::max_value + 20);
    EXPECT_THAT(found.front(), testing::EndsWith("\u2026\"}"));
  }
  const auto path =
      groups({SummaryKey::field}, update(R"({"$v":2,"diff":{"u":{")" + text + R"(":1}}})"));
  EXPECT_LE(path.front().size(), SummaryKeyReader::max_value + 20);
}

TEST(SummaryKey, KeysAreOrderedByValue) {
  const auto before = [](std::string_view a, std::string_view b) {
    return comes_before(oplog::doc(a).view(), oplog::doc(b).view());
  };
  EXPECT_TRUE(before(R"({"a":"x","b":9})", R"({"a":"x","b":10})"));
  EXPECT_FALSE(before(R"({"a":"x","b":10})", R"({"a":"x","b":9})"));
  EXPECT_TRUE(before(R"({"a":"w","b":10})", R"({"a":"x","b":9})"));
  EXPECT_TRUE(before(R"({"a":{"$date":"2026-11-23T00:00:00Z"}})",
                     R"({"a":{"$date":"2026-11-23T00:01:00Z"}})"));
  EXPECT_FALSE(before(R"({"a":1})", R"({"a":1})"));
}

}  // namespace
}  // namespace mongotail::output

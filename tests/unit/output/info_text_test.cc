#include "output/info_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail::output {
namespace {

using testing::HasSubstr;

oplog::OplogFacts facts() {
  oplog::OplogFacts facts;
  facts.set_name = "rs0";
  facts.address = "db1:27017";
  facts.first = oplog::OplogEnd{{1'795'396'858, 1}, 1'795'396'858'638};
  facts.last = oplog::OplogEnd{{1'795'396'858 + 36'000, 7}, std::nullopt};
  facts.entries = 1234567;
  facts.bytes = 8.6e9;
  facts.max_bytes = 10e9;
  facts.last_hour_bytes = 1e9;
  facts.sample = {{{1'795'396'900, 1}, 30, true}, {{1'795'396'950, 1}, 70, false}};
  return facts;
}

std::string text_of(const oplog::OplogFacts& facts) {
  return info_text(facts, figures_of(facts), true);
}
std::string json_of(const oplog::OplogFacts& facts) {
  return info_json(facts, figures_of(facts), JsonMode::relaxed);
}

TEST(InfoText, IsALineForEachFigure) {
  EXPECT_EQ(text_of(facts()),
            "oplog         of rs0 on db1:27017\n"
            "first entry   2026-11-23 01:20:58.638Z  1795396858:1\n"
            "last entry    2026-11-23 11:20:58.000Z  1795432858:7\n"
            "covers        10.0 hours\n"
            "              10.0 hours at the rate of the last hour, once it is full\n"
            "size          8.6 GB of 10 GB (86.0%), 1,234,567 entries\n"
            "written       1.0 GB an hour, in the last hour\n"
            "              860 MB an hour, over all of it\n"
            "transactions  about 30.0% of the bytes\n");
}

TEST(InfoText, HasATableOfTheMembers) {
  auto with_members = facts();
  with_members.members = {
      {"db1:27017", "PRIMARY", true, true, bson::Timestamp{1'795'432'858, 7}, ""},
      {"db2:27017", "SECONDARY", false, true, bson::Timestamp{1'795'432'800, 1}, "db1:27017"},
      {"db3:27017", "(not reachable/healthy)", false, true, bson::Timestamp{1'795'390'000, 1}, ""},
      {"db4:27017", "ARBITER", false, false, std::nullopt, ""}};
  EXPECT_THAT(
      text_of(with_members),
      testing::EndsWith(
          "\n\n"
          "member     state                    position      behind      syncs from  may be away "
          "for\n"
          "db1:27017  PRIMARY                  1795432858:7  0 seconds   -           10.0 hours\n"
          "db2:27017  SECONDARY                1795432800:1  58 seconds  db1:27017   10.0 hours\n"
          "db3:27017  (not reachable/healthy)  1795390000:1  11.9 hours  -           stale: needs "
          "a new initial sync\n"
          "db4:27017  ARBITER                  -             -           -           -\n"));
}

TEST(InfoText, NamesTheRoleThatIsMissingAndShowsTheRest) {
  oplog::OplogFacts bare;
  bare.set_name = "rs0\x1b[31m";
  bare.address = "db1:27017";
  bare.min_retention_hours = 48;
  bare.not_allowed = {{"the oplog's size", "read on the database local"}};
  EXPECT_EQ(text_of(bare),
            "oplog         of rs0\\x1b[31m on db1:27017\n"
            "kept          for 48.0 hours at least, whatever its size\n"
            "not shown: the oplog's size; this needs the role read on the database local\n");
  EXPECT_THAT(json_of(bare), HasSubstr(R"("hours":null,)"));
  EXPECT_THAT(
      json_of(bare),
      HasSubstr(
          R"("notAllowed":[{"what":"the oplog's size","role":"read on the database local"}])"));
}

TEST(InfoText, AsJsonIsOneLine) {
  EXPECT_EQ(
      json_of(facts()),
      R"({"set":"rs0","host":"db1:27017","first":{"ts":{"$timestamp":{"t":1795396858,"i":1}},)"
      R"("wall":{"$date":"2026-11-23T01:20:58.638Z"}},"last":{"ts":{"$timestamp":{"t":1795432858,"i":7}}},)"
      R"("hours":10.0,"hoursAtPresentRate":10.0,"entries":1234567,"bytes":8600000000,"maxBytes":10000000000,)"
      R"("minRetentionHours":null,"lastHourBytes":1000000000,"lastHourIsEstimate":false,"bytesPerHour":860000000,)"
      R"("transactionShare":0.3,"transactionShareIsEstimate":true,"notAllowed":[]})"
      "\n");
}

TEST(DurationText, HasTheUnitThatAPersonWouldUse) {
  EXPECT_EQ(duration_text(0), "0 seconds");
  EXPECT_EQ(duration_text(1.0 / 3600), "1 second");
  EXPECT_EQ(duration_text(0.5), "30 minutes");
  EXPECT_EQ(duration_text(1.5), "90 minutes");
  EXPECT_EQ(duration_text(74.26), "74.3 hours");
  EXPECT_EQ(duration_text(24 * 12), "12 days");
  EXPECT_EQ(duration_text(24 * 365 * 2.5), "2.5 years");
  EXPECT_EQ(duration_text(24 * 365 * 3), "3 years");
  EXPECT_EQ(duration_text(1e12), "1000 years or more");
}

}  // namespace
}  // namespace mongotail::output

#include "app/start_position.h"

#include <gtest/gtest.h>

#include "scripted_source.h"

namespace mongotail::app {
namespace {

using bson::Timestamp;
using mongo::AfterEntry;
using mongo::FromTimestamp;
using oplog::OpTime;

constexpr OpTime newest{{1000, 7}, 3};

Timestamp from(const mongo::Start& start) {
  return std::get<FromTimestamp>(start).ts;
}

TEST(StartPosition, NowIsRightAfterTheNewestEntry) {
  EXPECT_EQ(std::get<AfterEntry>(start_for(cli::Now{}, newest)).optime, newest);
}

TEST(StartPosition, OldestReachesBackWithoutAQuestion) {
  EXPECT_TRUE(std::get<FromTimestamp>(start_for(cli::Oldest{}, newest)).oldest);
}

TEST(StartPosition, ADurationCountsFromTheNewestEntryNotFromThisClock) {
  EXPECT_EQ(from(start_for(cli::BeforeNewest{std::chrono::seconds(60)}, newest)),
            (Timestamp{940, 0}));
  EXPECT_EQ(from(start_for(cli::BeforeNewest{std::chrono::seconds(5000)}, newest)),
            (Timestamp{0, 0}));
}

TEST(StartPosition, AnUntilAndTheSinceThatFollowItMeet) {
  const cli::TimeSpec at = cli::At{{500, 0}};
  EXPECT_EQ(last_before(at, newest), (Timestamp{499, UINT32_MAX}));
  EXPECT_EQ(from(start_for(at, newest)), (Timestamp{500, 0}));
  EXPECT_EQ(last_before(cli::At{{500, 4}}, newest), (Timestamp{500, 3}));
  EXPECT_EQ(last_before(cli::Now{}, newest), newest.ts);
}

class LinesStartTest : public ::testing::Test {
 protected:
  LinesStart find(std::uint64_t lines, std::optional<Timestamp> first = std::nullopt) {
    auto reversed = script(
        batch_of(
            {R"({"ts":{"$timestamp":{"t":9,"i":1}},"op":"i","ns":"a.b","o":{"_id":9}})",
             R"({"ts":{"$timestamp":{"t":8,"i":1}},"op":"c","ns":"admin.$cmd","o":{"applyOps":[)"
             R"({"op":"i","ns":"a.b","o":{}},{"op":"i","ns":"a.b","o":{}},)"
             R"({"op":"i","ns":"a.c","o":{}},{"op":"i","ns":"a.b","o":{}}]}})"}),
        batch_of({R"({"ts":{"$timestamp":{"t":7,"i":1}},"op":"i","ns":"a.c","o":{"_id":7}})",
                  R"({"ts":{"$timestamp":{"t":6,"i":1}},"op":"i","ns":"a.b","o":{"_id":6}})"}));
    match::Selection selection;
    selection.ns = {"a.b"};
    NoLookup lookup;
    return *find_lines_start(*reversed, lookup, *match::Predicate::make(selection),
                             {lines, false, first});
  }
};

TEST_F(LinesStartTest, CountsMatchingOperationsBackwards) {
  EXPECT_EQ(from(find(1).start), (Timestamp{9, 1}));
  EXPECT_EQ(find(1).skip, 0u);
  EXPECT_EQ(from(find(5).start), (Timestamp{6, 1}));
}

TEST_F(LinesStartTest, InsideATransactionTheFirstOnesAreSkipped) {
  const LinesStart two = find(2);
  EXPECT_EQ(from(two.start), (Timestamp{8, 1}));
  EXPECT_EQ(two.skip, 2u);
  EXPECT_EQ(find(4).skip, 0u);
}

TEST_F(LinesStartTest, MoreThanThereAreStartAtTheOldest) {
  EXPECT_TRUE(std::get<FromTimestamp>(find(50).start).oldest);
}

TEST_F(LinesStartTest, SinceIsAFloor) {
  EXPECT_EQ(from(find(50, Timestamp{8, 0}).start), (Timestamp{8, 0}));
  EXPECT_EQ(from(find(1, Timestamp{8, 0}).start), (Timestamp{9, 1}));
}

}  // namespace
}  // namespace mongotail::app

#include "plan/live_window.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace mongotail::plan {
namespace {

using bson::Timestamp;

/// From 100 on, while the newest entry is at 1000.
read::ReadPlan plan_from(mongo::Start start) {
  read::ReadPlan plan;
  plan.tail.start = start;
  plan.newest = {{1000, 7}, 3};
  return plan;
}

const mongo::OplogSize from_50{{50, 1}, 9e6};

TEST(LiveWindow, AStreamThatFollowsEndsWhereTheOplogEndsAndMoves) {
  const auto window = live_window(plan_from(mongo::FromTimestamp{{100, 1}}), std::nullopt, {});
  EXPECT_FALSE(window.ends);
  EXPECT_TRUE(window.end_moves);
  EXPECT_EQ(window.begin, (Timestamp{100, 1}));
  EXPECT_EQ(window.end, (Timestamp{1000, 7}));
  EXPECT_FALSE(window.oplog);
  EXPECT_FALSE(window.shape);
}

TEST(LiveWindow, AReadThatEndsInThePastHasAnEndThatStays) {
  auto plan = plan_from(mongo::FromTimestamp{{100, 1}});
  plan.tail.last = Timestamp{400, 1};
  const auto window = live_window(plan, std::nullopt, {});
  EXPECT_TRUE(window.ends);
  EXPECT_FALSE(window.end_moves);
  EXPECT_EQ(window.end, (Timestamp{400, 1}));
}

TEST(LiveWindow, AnEndInTheFutureIsWhereTheOplogEndsByNow) {
  auto plan = plan_from(mongo::FromTimestamp{{100, 1}});
  plan.tail.last = Timestamp{2000, 1};
  const auto window = live_window(plan, std::nullopt, {});
  EXPECT_TRUE(window.ends);
  EXPECT_TRUE(window.end_moves);
  EXPECT_EQ(window.end, (Timestamp{1000, 7}));
}

TEST(LiveWindow, FromTheOldestEntryNobodyKnowsTheBegin) {
  const auto window = live_window(plan_from(mongo::FromTimestamp{{}, true}), std::nullopt, {});
  EXPECT_FALSE(window.begin);
}

TEST(LiveWindow, BytesAreThoseOfTheOplogLessItsTimeOutsideTheWindow) {
  auto plan = plan_from(mongo::FromTimestamp{{100, 1}});
  plan.tail.last = Timestamp{400, 1};
  const auto window = live_window(plan, from_50, {});
  ASSERT_TRUE(window.oplog);
  EXPECT_EQ(window.oplog->bytes, 9e6);
  EXPECT_EQ(window.oplog->seconds_outside, 50 + 600);
}

TEST(LiveWindow, ABeginBeforeTheOldestEntryIsThatEntry) {
  const auto window = live_window(plan_from(mongo::FromTimestamp{{10, 1}}), from_50, {});
  ASSERT_TRUE(window.oplog);
  EXPECT_EQ(window.oplog->seconds_outside, 0);
}

TEST(LiveWindow, ASampleIsTheOplogsShape) {
  const std::vector<mongo::SampledEntry> sample = {{{100, 1}, 300}, {{900, 1}, 100}};
  const auto window = live_window(plan_from(mongo::FromTimestamp{{100, 1}}), std::nullopt, sample);
  ASSERT_TRUE(window.shape);
  EXPECT_EQ(window.shape->before({950, 1}), 400);
}

}  // namespace
}  // namespace mongotail::plan

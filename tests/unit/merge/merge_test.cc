#include "merge/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "merge_support.h"

namespace mongotail::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Options exact{};
constexpr Options live{Options::Order::ts, milliseconds(2000), milliseconds(30'000)};
constexpr Options arrival{Options::Order::arrival, {}, {}};

TEST(Merge, AnEntryComesOnceAllSourcesHaveSpokenPastIt) {
  Merge merge(exact);
  merge.add({"a", {}});
  merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(0, batch({1, 3, 5}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), IsEmpty());
  ASSERT_TRUE(merge.offer(1, batch({2, 4}), at(1)));
  EXPECT_THAT(take_all(merge, at(1)), ElementsAre("a:1", "b:2", "a:3", "b:4"));
  ASSERT_TRUE(merge.offer(1, position(5), at(2)));
  EXPECT_THAT(take_all(merge, at(2)), ElementsAre("a:5"));
}

TEST(Merge, EntriesWithOneTsComeByTheNamesOfTheirSources) {
  for (const bool b_first : {true, false}) {
    Merge merge(exact);
    merge.add({b_first ? "b" : "a", {}});
    merge.add({b_first ? "a" : "b", {}});
    ASSERT_TRUE(merge.offer(0, batch({7, 7}), at(0)));
    ASSERT_TRUE(merge.offer(1, batch({7, 8}), at(0)));
    merge.end(0);
    merge.end(1);
    const auto taken = take_all(merge, at(0));
    if (b_first) {
      EXPECT_THAT(taken, ElementsAre("a:7", "b:7", "b:7", "a:8"));
    } else {
      EXPECT_THAT(taken, ElementsAre("a:7", "a:7", "b:7", "b:8"));
    }
  }
}

TEST(Merge, ASourceThatHasEndedIsNotWaitedFor) {
  Merge merge(exact);
  merge.add({"a", {}});
  merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(0, batch({1, 2}), at(0)));
  merge.end(1);
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:1", "a:2"));
  EXPECT_FALSE(merge.ended());
  merge.end(0);
  EXPECT_TRUE(merge.ended());
}

TEST(Merge, WhatASilentServerSaysOfItsClockCountsButIsNotAPosition) {
  Merge merge(exact);
  merge.add({"a", {}});
  merge.add({"idle", {}});
  ASSERT_TRUE(merge.offer(0, batch({1, 2}), at(0)));
  oplog::Batch news;
  news.silent_to = ts(1);
  ASSERT_TRUE(merge.offer(1, news, at(0)));
  oplog::Batch out;
  ASSERT_TRUE(merge.take(out, at(0)));
  EXPECT_EQ(out.source, 1u);
  EXPECT_FALSE(out.watermark);
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:1"));
}

TEST(Merge, AWatermarkComesAfterTheLastEntryOfItsBatch) {
  Merge merge(exact);
  merge.add({"a", {}});
  merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(0, batch({1, 3}), at(0)));
  ASSERT_TRUE(merge.offer(1, batch({2}), at(0)));
  oplog::Batch out;
  ASSERT_TRUE(merge.take(out, at(0)));
  EXPECT_FALSE(out.watermark);  // there is more of it
  ASSERT_TRUE(merge.take(out, at(0)));
  EXPECT_EQ(out.source, 1u);
  EXPECT_EQ(out.watermark->ts, ts(2));
  merge.end(1);
  ASSERT_TRUE(merge.take(out, at(0)));
  EXPECT_EQ(out.watermark->ts, ts(3));
}

TEST(Merge, ALagIsWaitedForNoLongerThanTheHoldAndSaidOnce) {
  Merge merge(live);
  merge.add({"a", {}});
  merge.add({"slow", {}});
  ASSERT_TRUE(merge.offer(0, batch({1}), at(0)));
  EXPECT_THAT(take_all(merge, at(1999)), IsEmpty());
  EXPECT_EQ(merge.deadline(), at(2000));
  EXPECT_THAT(take_all(merge, at(2000)), ElementsAre("a:1"));
  const auto said = merge.notices();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].kind, Notice::Kind::lags);
  EXPECT_EQ(said[0].source, 1u);
  ASSERT_TRUE(merge.offer(0, batch({5}), at(2100)));
  EXPECT_THAT(take_all(merge, at(2100)), ElementsAre("a:5"));
  EXPECT_THAT(merge.notices(), IsEmpty());
}

TEST(Merge, WhatALagHadComesLateAndThenItIsWaitedForAgain) {
  Merge merge(live);
  merge.add({"a", {}});
  merge.add({"slow", {}});
  ASSERT_TRUE(merge.offer(0, batch({5}), at(0)));
  EXPECT_THAT(take_all(merge, at(2000)), ElementsAre("a:5"));
  merge.notices();
  ASSERT_TRUE(merge.offer(1, batch({3}), at(3000)));
  EXPECT_THAT(take_all(merge, at(3000)), ElementsAre("slow:3"));
  EXPECT_THAT(merge.notices(), IsEmpty());  // it has not reached 5
  ASSERT_TRUE(merge.offer(1, batch({6}), at(3001)));
  ASSERT_EQ(merge.notices().size(), 1u);
  EXPECT_THAT(take_all(merge, at(3001)), IsEmpty());  // who knows what "a" has before it
  ASSERT_TRUE(merge.offer(0, batch({7}), at(3002)));
  EXPECT_THAT(take_all(merge, at(3002)), ElementsAre("slow:6"));
}

TEST(Merge, ForWhatASourceIsKnownToHaveTheLongerHoldCounts) {
  Merge merge(live);
  merge.add({"a", ts(10)});
  merge.add({"b", ts(8)});
  ASSERT_TRUE(merge.offer(0, batch({8, 9}), at(0)));
  EXPECT_THAT(take_all(merge, at(29'999)), IsEmpty());
  ASSERT_TRUE(merge.offer(1, batch({8}), at(29'999)));
  EXPECT_THAT(take_all(merge, at(29'999)), ElementsAre("a:8", "b:8", "a:9"));
}

TEST(Merge, ThePastIsTakenOnceNothingOfItWaits) {
  Merge merge(live);
  merge.add({"a", ts(10)});
  merge.add({"b", ts(8)});
  ASSERT_TRUE(merge.offer(0, batch({8, 10}), at(0)));
  ASSERT_TRUE(merge.offer(1, batch({8}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:8", "b:8"));
  EXPECT_FALSE(merge.past_is_taken());
  ASSERT_TRUE(merge.offer(1, position(12), at(1)));
  EXPECT_THAT(take_all(merge, at(1)), ElementsAre("a:10"));
  EXPECT_TRUE(merge.past_is_taken());
}

TEST(Merge, InOrderOfArrivalNothingWaits) {
  Merge merge(arrival);
  merge.add({"a", {}});
  merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(1, batch({9}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("b:9"));
  ASSERT_TRUE(merge.offer(0, batch({1, 2}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:1", "a:2"));
}

TEST(Merge, ASourceThatIsAheadIsNotReadOn) {
  Options options = exact;
  options.kept_bytes = 100;
  Merge merge(options);
  merge.add({"ahead", {}});
  merge.add({"behind", {}});
  ASSERT_TRUE(merge.offer(0, batch({5}), at(0)));
  EXPECT_TRUE(merge.wants(0));
  ASSERT_TRUE(merge.offer(0, batch({6, 7}), at(0)));
  EXPECT_FALSE(merge.wants(0));
  EXPECT_TRUE(merge.wants(1));
  ASSERT_TRUE(merge.offer(1, batch({9}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("ahead:5", "ahead:6", "ahead:7"));
  EXPECT_TRUE(merge.wants(0));
}

TEST(Merge, WhatIsRolledBackWhileItWaitsNeverComes) {
  Merge merge(exact);
  merge.add({"a", {}});
  merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(0, batch({1, 2, 3}), at(0)));
  oplog::Batch back;
  back.rolled_back_to = oplog::OpTime{ts(1), 1};
  ASSERT_TRUE(merge.offer(0, back, at(1)));
  ASSERT_TRUE(merge.offer(0, batch({2, 4}), at(2)));
  merge.end(0);
  merge.end(1);
  bool said = false;
  std::vector<std::uint32_t> seconds;
  oplog::Batch out;
  while (merge.take(out, at(2))) {
    said = said || out.rolled_back_to;
    for (const Taken& one : entries_of(out)) seconds.push_back(one.entry.second);
  }
  EXPECT_TRUE(said);
  EXPECT_THAT(seconds, ElementsAre(1, 2, 4));
}

TEST(Merge, ASourceMayBeAddedWhileItRuns) {
  Merge merge(live);
  merge.add({"a", {}});
  ASSERT_TRUE(merge.offer(0, batch({1}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:1"));
  const auto added = merge.add({"b", {}});
  ASSERT_TRUE(merge.offer(0, batch({3}), at(1)));
  EXPECT_THAT(take_all(merge, at(1)), IsEmpty());
  ASSERT_TRUE(merge.offer(added, batch({2, 4}), at(2)));
  EXPECT_THAT(take_all(merge, at(2)), ElementsAre("b:2", "a:3"));
}

TEST(Merge, AnEntryWithoutTsStaysBehindTheOneBefore) {
  Merge merge(exact);
  merge.add({"a", {}});
  bson::Builder builder;
  builder.append("op", "n");
  auto document = std::make_shared<bson::OwnedDocument>(builder.take());
  oplog::Batch odd;
  odd.entries.push_back(document->view());
  odd.bytes = document;
  ASSERT_TRUE(merge.offer(0, batch({3}), at(0)));
  ASSERT_TRUE(merge.offer(0, odd, at(0)));
  ASSERT_TRUE(merge.offer(0, batch({4}), at(0)));
  EXPECT_THAT(take_all(merge, at(0)), ElementsAre("a:3", "a:0", "a:4"));
}

}  // namespace
}  // namespace mongotail::merge

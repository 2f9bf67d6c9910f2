#include "read/plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "scripted_source.h"

namespace mongotail::read {
namespace {

using bson::Timestamp;
using mongo::AfterEntry;
using mongo::FromTimestamp;
using oplog::At;
using oplog::BeforeNewest;
using oplog::Now;
using oplog::Oldest;
using std::chrono::seconds;

constexpr oplog::OpTime newest{{1000, 7}, 3};
constexpr resume::Cursor cursor{{{900, 1}, 2}, std::nullopt};
constexpr resume::Cursor inside{{{900, 1}, 2}, 4};

/// An oplog that holds one operation at 990:1 and three in one entry at 980:1.
class ScriptedBackwards final : public Backwards {
 public:
  std::unique_ptr<oplog::Source> open(mongo::ReversePlan plan) override {
    asked.push_back(std::move(plan));
    return script(batch_of(
        {R"({"ts":{"$timestamp":{"t":990,"i":1}},"op":"i","ns":"a.b","o":{"_id":9}})",
         R"({"ts":{"$timestamp":{"t":980,"i":1}},"op":"c","ns":"admin.$cmd","o":{"applyOps":[)"
         R"({"op":"i","ns":"a.b","o":{}},{"op":"i","ns":"a.b","o":{}},{"op":"i","ns":"a.b","o":{}}]}})"}));
  }
  oplog::EntryLookup& lookup() override { return lookup_; }

  std::vector<mongo::ReversePlan> asked;

 private:
  NoLookup lookup_;
};

class PlanTest : public ::testing::Test {
 protected:
  Result<ReadPlan> plan(const ReadRequest& request, bool majority_reads = true) {
    return make_plan(request, *predicate_of(request), *filter_of(request), {newest, majority_reads},
                     backwards_);
  }

  static Timestamp from(const ReadPlan& plan) {
    return std::get<FromTimestamp>(plan.tail.start).ts;
  }
  static bool from_oldest(const ReadPlan& plan) {
    const auto* from = std::get_if<FromTimestamp>(&plan.tail.start);
    return from != nullptr && from->oldest;
  }

  ScriptedBackwards backwards_;
};

TEST_F(PlanTest, WithoutTimesItFollowsRightAfterTheNewestEntryAndSaysThatItStandsThere) {
  const auto made = plan({});
  ASSERT_TRUE(made);
  EXPECT_EQ(std::get<AfterEntry>(made->tail.start).optime, newest);
  EXPECT_FALSE(made->tail.last);
  EXPECT_EQ(made->position, (resume::Cursor{newest, std::nullopt}));
  EXPECT_FALSE(made->select.resume_after);
  EXPECT_FALSE(made->select.tolerate_lost_parts);
  EXPECT_TRUE(backwards_.asked.empty());
}

TEST_F(PlanTest, FromATimeOnItStandsNowhereYet) {
  ReadRequest request;
  request.start = BeforeNewest{seconds(60)};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(from(*made), (Timestamp{940, 0}));
  EXPECT_FALSE(made->position);
}

TEST_F(PlanTest, FromTheOldestEntryOnWhatBeganBeforeItIsTolerated) {
  ReadRequest request;
  request.start = Oldest{};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_TRUE(from_oldest(*made));
  EXPECT_TRUE(made->select.tolerate_lost_parts);
  EXPECT_TRUE(made->select.tolerate_rolled_back_parts);
  request.start = At{{0, 0}};
  EXPECT_FALSE(plan(request)->select.tolerate_lost_parts);
}

TEST_F(PlanTest, AGapThatIsAllowedIsAllowedToLoseParts) {
  ReadRequest request;
  request.after = cursor;
  request.allow_gap = true;
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->tail.allow_gap);
  EXPECT_TRUE(made->select.tolerate_lost_parts);
}

TEST_F(PlanTest, ACursorReplacesStartAndLines) {
  ReadRequest request;
  request.after = cursor;
  request.start = Oldest{};
  request.lines = 5;
  const auto made = plan(request);
  ASSERT_TRUE(made);
  const auto& start = std::get<AfterEntry>(made->tail.start);
  EXPECT_EQ(start.optime, cursor.optime);
  EXPECT_FALSE(start.again);
  EXPECT_EQ(made->select.resume_after, cursor);
  EXPECT_EQ(made->position, cursor);
  EXPECT_FALSE(made->select.tolerate_lost_parts);
  EXPECT_TRUE(backwards_.asked.empty());
}

TEST_F(PlanTest, ACursorInsideAnEntryReadsThatEntryAgain) {
  ReadRequest request;
  request.after = inside;
  EXPECT_TRUE(std::get<AfterEntry>(plan(request)->tail.start).again);
}

TEST_F(PlanTest, WhatDoesNotFollowEndsWithTheNewestEntryUnlessItEndsBefore) {
  ReadRequest request;
  request.start = Oldest{};
  request.follow = false;
  EXPECT_EQ(plan(request)->tail.last, newest.ts);
  request.end = At{{500, 4}};
  EXPECT_EQ(plan(request)->tail.last, (Timestamp{500, 3}));
  request.end = At{{5000, 0}};
  EXPECT_EQ(plan(request)->tail.last, newest.ts);
  request.follow = true;
  EXPECT_EQ(plan(request)->tail.last, (Timestamp{4999, std::numeric_limits<std::uint32_t>::max()}));
}

TEST_F(PlanTest, TenMinutesBeforeNowUntilNowIsAWindow) {
  ReadRequest request;
  request.start = BeforeNewest{seconds(600)};
  request.end = Now{};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(from(*made), (Timestamp{400, 0}));
  EXPECT_EQ(made->tail.last, newest.ts);
}

TEST_F(PlanTest, AnEndOfTheSecondTimestampThatThereIsReadsTheFirst) {
  ReadRequest request;
  request.start = Oldest{};
  request.end = At{{0, 1}};
  EXPECT_EQ(plan(request)->tail.last, (Timestamp{0, 0}));
  request.end = At{{0, 0}};
  EXPECT_FALSE(plan(request));
}

TEST_F(PlanTest, AnEndBeforeTheStartIsAMistakeUnlessTheStartIsCountedOrACursor) {
  ReadRequest request;
  request.end = At{{500, 0}};
  EXPECT_EQ(plan(request).error().cause, Cause::usage);
  request.lines = 1;
  EXPECT_TRUE(plan(request));
  request.start = At{{600, 0}};
  EXPECT_FALSE(plan(request));
  request.after = cursor;
  EXPECT_TRUE(plan(request));
}

TEST_F(PlanTest, AnInclusiveEndIsTakenAsItIs) {
  ReadRequest request;
  request.end = At{{500, 0}};
  request.last = Timestamp{300, 2};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->tail.last, (Timestamp{300, 2}));
}

TEST_F(PlanTest, LinesAreCountedBackFromTheEnd) {
  ReadRequest request;
  request.lines = 2;
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(from(*made), (Timestamp{980, 1}));
  EXPECT_EQ(made->select.skip, 2u);
  EXPECT_FALSE(made->position);
  ASSERT_EQ(backwards_.asked.size(), 1u);
  EXPECT_EQ(backwards_.asked[0].last, newest.ts);
  EXPECT_FALSE(backwards_.asked[0].first);
  EXPECT_EQ(backwards_.asked[0].enough, request.lines);
  request.end = At{{985, 0}};
  ASSERT_TRUE(plan(request));
  EXPECT_EQ(backwards_.asked[1].last, last_before(*request.end, newest));
}

TEST_F(PlanTest, WhereLinesThatAFilterSelectsBeginOneIsWanted) {
  ReadRequest request;
  request.lines = 2;
  EXPECT_FALSE(plan(request)->tail.begins_wanted);
  request.wish.ns = {"a.b"};
  EXPECT_TRUE(plan(request)->tail.begins_wanted);
  request.lines = 50;
  EXPECT_FALSE(plan(request)->tail.begins_wanted);
  request.lines = std::nullopt;
  EXPECT_FALSE(plan(request)->tail.begins_wanted);
}

TEST_F(PlanTest, NoLinesAreNoneOfThePast) {
  ReadRequest request;
  request.lines = 0;
  request.start = Oldest{};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(std::get<AfterEntry>(made->tail.start).optime, newest);
  EXPECT_TRUE(backwards_.asked.empty());
}

TEST_F(PlanTest, MoreLinesThanThereAreBeginWhereTheRequestDoes) {
  ReadRequest request;
  request.lines = 50;
  EXPECT_TRUE(from_oldest(*plan(request)));
  request.start = At{{985, 0}};
  EXPECT_EQ(from(*plan(request)), (Timestamp{985, 0}));
  EXPECT_EQ(backwards_.asked[1].first, (Timestamp{985, 0}));
  request.start = Now{};
  const auto made = plan(request);
  ASSERT_TRUE(made);
  // Right after the newest entry, which is then looked for.
  EXPECT_EQ(std::get<AfterEntry>(made->tail.start).optime, newest);
}

TEST_F(PlanTest, WithMajorityReadsTurnedOffItReadsWhatMayBeRolledBack) {
  const auto made = plan({}, false);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->tail.read_concern, ReadConcern::local);
  EXPECT_TRUE(made->may_roll_back);
  EXPECT_FALSE(made->select.tolerate_lost_parts);
  EXPECT_TRUE(made->select.tolerate_rolled_back_parts);
  EXPECT_FALSE(plan({})->may_roll_back);
}

TEST_F(PlanTest, OfABoundAndAWishTheServerFiltersByTheBoundAndNotByContents) {
  ReadRequest request;
  request.wish.query = *bson::parse_document(R"({"o.secret":7})");
  ReadRequest bounded = request;
  bounded.bound = match::Selection();
  bounded.bound->ns = {"a.b"};
  EXPECT_NE(filter_of(request)->view().bytes().size(), filter_of(bounded)->view().bytes().size());
  const auto entry = *bson::parse_document(
      R"({"ts":{"$timestamp":{"t":1,"i":1}},"op":"i","ns":"a.c","o":{"secret":7}})");
  const auto other = oplog::Entry::parse(entry.view());
  EXPECT_TRUE(*predicate_of(request)->matches(*other));
  EXPECT_FALSE(*predicate_of(bounded)->matches(*other));
}

TEST(SelectSaved, AFileBeginsWhereItBegins) {
  ReadRequest request;
  request.after = inside;
  request.skip_damaged = true;
  request.raw = true;
  const SelectOptions select = select_saved(request);
  EXPECT_TRUE(select.tolerate_lost_parts);
  EXPECT_EQ(select.resume_after, inside);
  EXPECT_TRUE(select.skip_damaged);
  EXPECT_TRUE(select.raw);
}

TEST(FirstTimestamp, IsRightAfterAnEntryOrAtTheTimeItself) {
  EXPECT_EQ(first_ts(AfterEntry{newest}), (Timestamp{1000, 8}));
  EXPECT_EQ(first_ts(FromTimestamp{{940, 0}}), (Timestamp{940, 0}));
}

TEST_F(PlanTest, ACursorBeforeTheFirstEntryOfASecondResumesWithThatEntry) {
  ReadRequest request;
  request.after = resume::Cursor{{{900, 0}, oplog::OpTime::no_term}, std::nullopt};
  auto planned = plan(request);
  ASSERT_TRUE(planned);
  EXPECT_EQ(from(*planned), (Timestamp{900, 0}));
  EXPECT_FALSE(from_oldest(*planned));
  EXPECT_EQ(planned->position, request.after);
  request.after = resume::Cursor{{{0, 0}, oplog::OpTime::no_term}, std::nullopt};
  planned = plan(request);
  ASSERT_TRUE(planned);
  EXPECT_TRUE(from_oldest(*planned));
}

}  // namespace
}  // namespace mongotail::read

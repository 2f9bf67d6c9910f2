#include "plan/source_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mongotail::plan {
namespace {

using bson::Timestamp;
using testing::HasSubstr;
using Of = SourceRequests::Of;

const oplog::OpTime newest{{5'000, 1}, 3};

resume::NamedCursor cursor(std::string source, std::uint32_t seconds) {
  return {std::move(source), {{{seconds, 7}, 2}, std::nullopt}};
}

SourceRequests::One ask(Of of, resume::Cursors cursors, const std::string& name,
                        read::ReadRequest all = {}) {
  return SourceRequests(std::move(all), of, std::move(cursors), {"a", "b", "c"}).of(name, newest);
}

std::optional<Timestamp> start_of(const SourceRequests::One& one) {
  const auto* at = one.request.start ? std::get_if<oplog::At>(&*one.request.start) : nullptr;
  return at == nullptr ? std::nullopt : std::optional(at->ts);
}

TEST(SourceRequests, EachIsAskedWhatTheFlagsAskAsOneOfSeveral) {
  read::ReadRequest all;
  all.lines = 5;
  all.start = oplog::At{{100, 0}};
  const auto one = ask(Of::sets, {}, "a", all);
  EXPECT_EQ(one.request.lines, 5u);
  EXPECT_EQ(start_of(one), (Timestamp{100, 0}));
  EXPECT_TRUE(one.request.one_of_several);
  EXPECT_FALSE(one.doubt);
}

TEST(SourceRequests, TimesThatCountBackDoSoFromTheNewestEntryOfAll) {
  read::ReadRequest all;
  all.start = oplog::BeforeNewest{std::chrono::seconds(1'000)};
  all.end = oplog::BeforeNewest{std::chrono::seconds(10)};
  const auto one = ask(Of::sets, {}, "a", all);
  EXPECT_EQ(start_of(one)->seconds, 4'000u);
  EXPECT_EQ(std::get<oplog::At>(*one.request.end).ts.seconds, 4'990u);
}

TEST(SourceRequests, ASourceWithACursorResumesThereAndCountsNoLines) {
  read::ReadRequest all;
  all.lines = 5;
  const auto one = ask(Of::sets, {cursor("a", 40), cursor("b", 30)}, "b", all);
  EXPECT_EQ(one.request.after, cursor("b", 30).cursor);
  EXPECT_EQ(one.request.lines, std::nullopt);
  EXPECT_FALSE(one.doubt);
}

TEST(SourceRequests, ASetWithoutACursorStartsAtTheOldestCursorAndThatIsAWarning) {
  const auto one = ask(Of::sets, {cursor("a", 400), cursor("b", 300)}, "c");
  EXPECT_EQ(start_of(one), (Timestamp{300, 7}));
  ASSERT_TRUE(one.doubt);
  EXPECT_THAT(*one.doubt, HasSubstr("no cursor of c: it is read from 300:7"));
}

TEST(SourceRequests, AShardWithoutACursorStartsAMinuteBeforeTheOldest) {
  const auto one = ask(Of::shards, {cursor("a", 400), cursor("b", 300)}, "c");
  EXPECT_EQ(start_of(one), (Timestamp{240, 0}));
  EXPECT_FALSE(one.doubt);
}

SourceRequests::One ask_added(std::uint32_t seconds, std::uint32_t oldest = 200,
                              read::ReadRequest all = {}) {
  const SourceRequests requests(std::move(all), Of::shards, {cursor("a", 400), cursor("b", 300)},
                                {"a", "b", "c"});
  return requests.of("c", newest,
                     SourceRequests::Joined{Timestamp{seconds, 1}, Timestamp{oldest, 1}});
}

TEST(SourceRequests, AShardThatWasAddedSinceTheCursorsStartsAtItsBeginning) {
  for (const std::uint32_t added : {240u, 300u, 1'000u}) {
    const auto one = ask_added(added);
    EXPECT_EQ(start_of(one), (Timestamp{200, 1})) << added;
    EXPECT_FALSE(one.gap || one.doubt) << added;
  }
}

TEST(SourceRequests, AShardWhoseEntriesSinceItWasAddedAreCutOffStartsWhereItWasAdded) {
  EXPECT_EQ(start_of(ask_added(1'000, 1'200)), (Timestamp{1'000, 1}));
}

TEST(SourceRequests, AShardThatWasThereBeforeTheCursorsMayLackHistory) {
  const auto one = ask_added(239);
  ASSERT_TRUE(one.gap);
  EXPECT_EQ(one.gap->cause, Cause::history_lost);
  EXPECT_THAT(one.gap->what, HasSubstr("no cursor of the shard c"));
  EXPECT_THAT(one.gap->hint, HasSubstr("--allow-gap"));
}

TEST(SourceRequests, AShardThatMayLackHistoryIsReadIfAGapIsAllowedWithAWarning) {
  read::ReadRequest all;
  all.allow_gap = true;
  const auto one = ask_added(239, 200, all);
  EXPECT_FALSE(one.gap);
  EXPECT_EQ(start_of(one), (Timestamp{240, 0}));
  ASSERT_TRUE(one.doubt);
  EXPECT_THAT(*one.doubt, HasSubstr("its history may be missing; it is read from 240:0"));
}

TEST(SourceRequests, AMinuteBeforeTheOldestIsNeverBelowZero) {
  EXPECT_EQ(start_of(ask(Of::shards, {cursor("a", 59)}, "c")), (Timestamp{0, 0}));
  EXPECT_EQ(start_of(ask(Of::shards, {cursor("a", 0)}, "c")), (Timestamp{0, 0}));
}

TEST(SourceRequests, CursorsOfSourcesThatAreGoneCountOnlyIfThereAreNoOthers) {
  EXPECT_EQ(start_of(ask(Of::shards, {cursor("gone", 100), cursor("b", 300)}, "c")),
            (Timestamp{240, 0}));
  EXPECT_EQ(start_of(ask(Of::shards, {cursor("gone", 100)}, "c")), (Timestamp{40, 0}));
}

TEST(SourceRequests, AFileWithoutACursorIsReadAsTheFlagsSayWithAWarning) {
  read::ReadRequest all;
  all.start = oplog::At{{100, 0}};
  const auto one = ask(Of::files, {cursor("a", 400)}, "c", all);
  EXPECT_EQ(start_of(one), (Timestamp{100, 0}));
  ASSERT_TRUE(one.doubt);
  EXPECT_THAT(*one.doubt, HasSubstr("no cursor of c: its earlier operations may be missing"));
}

TEST(CursorBefore, IsTheBeginningOfASecondAndNothingWithinIt) {
  EXPECT_EQ(cursor_before(Timestamp{9, 0})->optime.ts, (Timestamp{9, 0}));
  EXPECT_EQ(cursor_before(Timestamp{9, 1})->optime.ts, (Timestamp{9, 0}));
  EXPECT_FALSE(cursor_before(Timestamp{9, 2}));
}

TEST(CursorBefore, IsTheBeginningOfTheOplogWhereThatIsTheStart) {
  mongo::FromTimestamp from{{9, 5}};
  EXPECT_FALSE(cursor_before(mongo::Start(from)));
  from.oldest = true;
  EXPECT_EQ(cursor_before(mongo::Start(from))->optime.ts, (Timestamp{0, 0}));
  EXPECT_FALSE(cursor_before(mongo::Start(mongo::AfterEntry{{{9, 5}, 1}})));
}

}  // namespace
}  // namespace mongotail::plan

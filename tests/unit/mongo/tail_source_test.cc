#include "mongo/tail_source.h"

#include <gmock/gmock.h>

#include <cstdint>

#include "oplog/entry.h"
#include "scripted_set.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A tail of scripted members, and what it has handed out.
class Tailing {
 public:
  explicit Tailing(std::vector<std::vector<OpTime>> oplogs) {
    for (auto& oplog : oplogs) {
      members.push_back({});
      members.back().oplog = std::move(oplog);
      members.back().address = "db" + std::to_string(members.size());
    }
  }

  ScriptedMember& member(std::size_t number) { return members[number - 1]; }

  TailSource& source() {
    if (!source_) {
      source_.emplace(std::make_unique<ScriptedSet>(members), plan, current, said, stop.get_token(),
                      hardly_any);
    }
    return *source_;
  }

  /// Reads until it has handed out an entry of that second, or has failed or ended. A place that it
  /// went back to is shown as minus its second.
  std::vector<std::int64_t> read_to(std::uint32_t seconds) {
    std::vector<std::int64_t> seen;
    for (int i = 0; i < 200; ++i) {
      const auto batch = source().next();
      if (!batch) {
        failure = batch.error();
        return seen;
      }
      if (!*batch) {
        ended = true;
        return seen;
      }
      if ((*batch)->watermark) watermark = (*batch)->watermark;
      if (const auto& place = (*batch)->rolled_back_to) {
        seen.push_back(-std::int64_t{place->ts.seconds});
      }
      for (const auto& document : (*batch)->entries) {
        seen.push_back(oplog::Entry::parse(document)->optime.ts.seconds);
      }
      if (!seen.empty() && seen.back() == seconds) return seen;
    }
    ADD_FAILURE() << "it was idle too long";
    return seen;
  }

  std::deque<ScriptedMember> members;
  TailPlan plan;
  Said said;
  std::stop_source stop;
  std::shared_ptr<CurrentMember> current = std::make_shared<CurrentMember>();
  std::optional<Error> failure;
  std::optional<OpTime> watermark;
  bool ended = false;

 private:
  std::optional<TailSource> source_;
};

TEST(TailSource, AfterABrokenConnectionResumesRightAfterTheLastEntry) {
  Tailing tail({{at(1, 1), at(2, 1), at(3, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  EXPECT_THAT(tail.read_to(3), ElementsAre(2, 3));
  tail.member(1).fails_next = Error{Cause::connection, "it broke", ""};
  tail.member(1).oplog.push_back(at(4, 1));
  EXPECT_THAT(tail.read_to(4), ElementsAre(4));
  EXPECT_THAT(tail.said.warnings, ElementsAre(HasSubstr("it broke"), HasSubstr("back after")));
}

// An error 136 after which nothing was cut off was seen on 4.2.
TEST(TailSource, AReadThatWasOvertakenButLostNothingResumesWithoutAWord) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  tail.member(1).fails_next = Error{Cause::overtaken, "cut off", ""};
  tail.member(1).oplog.push_back(at(3, 1));
  EXPECT_THAT(tail.read_to(3), ElementsAre(3));
  EXPECT_THAT(tail.said.warnings, IsEmpty());
}

// After a crash 6.0 keeps no tailable cursor while its record count stands at 0.
TEST(TailSource, TailsThatAreDeadFromTheStartAreReadBatchByBatch) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.member(1).dead_tails = true;
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  tail.member(1).oplog.push_back(at(3, 1));
  EXPECT_THAT(tail.read_to(3), ElementsAre(3));
  EXPECT_TRUE(tail.member(1).opened.back().large_first_batch);
  EXPECT_THAT(tail.said.warnings, IsEmpty());
}

TEST(TailSource, AnEntryThatIsSurelyWantedIsRequestedAloneOnce) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = FromTimestamp{at(1, 1).ts, false};
  tail.plan.begins_wanted = true;
  EXPECT_THAT(tail.read_to(2), ElementsAre(1, 2));
  EXPECT_TRUE(tail.member(1).opened.front().first_alone);
  tail.member(1).fails_next = Error{Cause::connection, "it broke", ""};
  tail.member(1).oplog.push_back(at(3, 1));
  EXPECT_THAT(tail.read_to(3), ElementsAre(3));
  EXPECT_FALSE(tail.member(1).opened.back().first_alone);
}

/// What the next two idle batches say of the server's clock.
std::vector<std::optional<bson::Timestamp>> two_idle(Tailing& tail) {
  std::vector<std::optional<bson::Timestamp>> said;
  while (said.size() < 2) {
    const auto batch = tail.source().next();
    if (!batch || !*batch) break;
    if ((*batch)->entries.empty()) said.push_back((*batch)->silent_to);
  }
  return said;
}

// A write after the clock was read has its second or a later one.
TEST(TailSource, AnIdleBatchThatWasAskedForAfterTheClockWasReadSaysThatTheSecondBeforeIsOver) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.tell_clock = true;
  tail.member(1).state.clock = 20;
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  EXPECT_TRUE(tail.member(1).opened.back().short_waits);
  EXPECT_THAT(two_idle(tail),
              ElementsAre(std::nullopt, testing::Optional(bson::Timestamp{19, UINT32_MAX})));
}

TEST(TailSource, OfAClockNothingIsSaidWhileAMajorityLagsOrNobodyAsks) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.tell_clock = true;
  tail.member(1).state.clock = 20;
  tail.member(1).state.newest = {3, 1};
  tail.member(1).state.majority = {2, 1};
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  EXPECT_THAT(two_idle(tail), ElementsAre(std::nullopt, std::nullopt));
  Tailing alone({{at(1, 1), at(2, 1)}});
  alone.plan.start = AfterEntry{at(1, 1)};
  alone.member(1).state.clock = 20;
  EXPECT_THAT(alone.read_to(2), ElementsAre(2));
  EXPECT_THAT(two_idle(alone), ElementsAre(std::nullopt, std::nullopt));
}

TEST(TailSource, AMemberThatIsBehindIsWaitedFor) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(3, 1)};
  auto& oplog = tail.member(1).oplog;
  tail.member(1).before_batches = {[] {}, [&] { oplog.push_back(at(3, 1)); },
                                   [&] { oplog.push_back(at(4, 1)); }};
  EXPECT_THAT(tail.read_to(4), ElementsAre(4));
  EXPECT_THAT(tail.said.warnings,
              ElementsAre(HasSubstr("has not reached 3:1 (1970-01-01 00:00:03Z) yet")));
}

TEST(TailSource, AnOplogThatBeginsTooLateIsLeftForOneThatReachesBack) {
  Tailing tail({{at(5, 1), at(6, 1)}, {at(1, 1), at(2, 1), at(5, 1), at(6, 1)}});
  tail.member(1).set_begins = false;
  tail.plan.start = AfterEntry{at(1, 1)};
  EXPECT_THAT(tail.read_to(6), ElementsAre(2, 5, 6));
  EXPECT_EQ(tail.current->server_id(), 2u);
  EXPECT_THAT(tail.said.warnings, ElementsAre(HasSubstr("reading that of db2")));
}

TEST(TailSource, HistoryIsLostOnlyOnceTheSilentMembersHadTimeToAnswer) {
  Tailing tail({{at(5, 1), at(6, 1)}, {at(1, 1), at(2, 1), at(5, 1), at(6, 1)}});
  tail.member(1).set_begins = false;
  tail.member(2).heard = false;
  tail.plan.start = AfterEntry{at(1, 1)};
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THAT(tail.read_to(6), IsEmpty());
  ASSERT_TRUE(tail.failure);
  EXPECT_EQ(tail.failure->cause, Cause::history_lost);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, hardly_any.with_the_silent);
}

TEST(TailSource, WhereEveryMemberBeginsTooLateHistoryIsLostAtOnce) {
  Tailing tail({{at(5, 1)}, {at(4, 1), at(5, 1)}});
  tail.member(1).set_begins = tail.member(2).set_begins = false;
  tail.plan.start = FromTimestamp{{1, 0}};
  EXPECT_THAT(tail.read_to(6), IsEmpty());
  ASSERT_TRUE(tail.failure);
  EXPECT_EQ(tail.failure->cause, Cause::history_lost);
}

TEST(TailSource, AnEntryFromBeforeASetsFirstIsLostWhicheverMemberIsAsked) {
  Tailing tail({{at(5, 1), at(6, 1)}, {at(5, 1), at(6, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  EXPECT_THAT(tail.read_to(6), IsEmpty());
  ASSERT_TRUE(tail.failure);
  EXPECT_EQ(tail.failure->cause, Cause::history_lost);
  EXPECT_THAT(tail.said.warnings, IsEmpty());
}

TEST(TailSource, WithAllowGapItResumesFromTheOldestEntry) {
  Tailing tail({{at(5, 1), at(6, 1)}});
  tail.member(1).set_begins = false;
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.allow_gap = true;
  EXPECT_THAT(tail.read_to(6), ElementsAre(5, 6));
  EXPECT_THAT(tail.said.warnings, ElementsAre(HasSubstr("no longer reaches back to 1:1")));
}

TEST(TailSource, AfterARollbackGoesBackToWhereTheHistoriesParted) {
  Tailing tail({{at(1, 5), at(8, 5)}});
  auto& oplog = tail.member(1).oplog;
  tail.plan.start = AfterEntry{at(1, 5)};
  tail.plan.read_concern = ReadConcern::local;
  EXPECT_THAT(tail.read_to(8), ElementsAre(8));
  oplog.push_back(at(11, 6));
  EXPECT_THAT(tail.read_to(11), ElementsAre(11));
  oplog = {at(1, 5), at(8, 5), at(9, 5), at(10, 5), at(12, 7)};
  tail.member(1).fails_next = Error{Cause::connection, "it rolls back", ""};
  EXPECT_THAT(tail.read_to(12), ElementsAre(-8, 9, 10, 12));
}

TEST(TailSource, OfABatchOfSeveralTermsEachIsRememberedForARollback) {
  Tailing tail({{at(1, 1), at(2, 1), at(3, 2), at(4, 3)}});
  auto& oplog = tail.member(1).oplog;
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.read_concern = ReadConcern::local;
  EXPECT_THAT(tail.read_to(4), ElementsAre(2, 3, 4));
  oplog = {at(1, 1), at(2, 1), at(3, 2), at(5, 4)};
  tail.member(1).fails_next = Error{Cause::connection, "it rolls back", ""};
  EXPECT_THAT(tail.read_to(5), ElementsAre(-3, 5));
}

TEST(TailSource, AnEntryOfTheSameTsInAnotherTermIsNotTakenForTheLastOne) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.read_concern = ReadConcern::local;
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  tail.member(1).oplog = {at(1, 1), at(2, 2), at(3, 2)};
  tail.member(1).fails_next = Error{Cause::connection, "it rolls back", ""};
  EXPECT_THAT(tail.read_to(3), ElementsAre(-1, 2, 3));
}

TEST(TailSource, AMemberWithAStaleHistoryIsLeftAndNothingOfItIsHandedOut) {
  Tailing tail({{at(1, 5), at(8, 5)}, {at(1, 5), at(8, 5), at(10, 5), at(11, 5)}});
  auto& first = tail.member(1);
  tail.plan.start = AfterEntry{at(1, 5)};
  tail.plan.read_concern = ReadConcern::local;
  first.oplog.push_back(at(9, 6));
  EXPECT_THAT(tail.read_to(9), ElementsAre(8, 9));
  // While the first is away, the other one still has what it will roll back.
  first.reachable = false;
  tail.member(2).before_opens = {[] {}, [&] { first.reachable = true; }};
  first.oplog.push_back(at(12, 6));
  EXPECT_THAT(tail.read_to(12), ElementsAre(12));
  EXPECT_GE(tail.member(2).opened.size(), 2u);
}

TEST(TailSource, AGivenEntryThatOnlyAnotherMemberHasIsReadThere) {
  Tailing tail({{at(1, 5), at(9, 7)}, {at(1, 5), at(8, 6), at(11, 8)}});
  tail.plan.start = AfterEntry{at(8, 6)};
  tail.plan.read_concern = ReadConcern::local;
  EXPECT_THAT(tail.read_to(11), ElementsAre(11));
}

TEST(TailSource, AGivenEntryThatWasRolledBackIsResumedFromInItsOwnTerm) {
  Tailing tail({{at(1, 5), at(8, 5), at(12, 6)}});
  tail.plan.start = AfterEntry{at(9, 5)};
  EXPECT_THAT(tail.read_to(12), ElementsAre(-8, 12));
}

TEST(TailSource, WhatWasReadBeforeAGivenLostEntryOfALostTermIsReadAgain) {
  Tailing tail({{at(1, 1), at(1000, 5), at(9'000, 5), at(10'000, 5), at(12'000, 7)}});
  tail.plan.start = AfterEntry{at(11'000, 6)};
  EXPECT_THAT(tail.read_to(12'000), ElementsAre(-9'000, 9'000, 10'000, 12'000));
  EXPECT_THAT(tail.said.warnings, ElementsAre(HasSubstr("may repeat")));
}

TEST(TailSource, WhereAllOfARunWasRolledBackItBeginsAgain) {
  Tailing tail({{at(1, 1), at(8, 6), at(9, 6)}});
  tail.plan.start = FromTimestamp{{5, 0}};
  tail.plan.read_concern = ReadConcern::local;
  EXPECT_THAT(tail.read_to(9), ElementsAre(8, 9));
  tail.member(1).oplog = {at(1, 1), at(7, 5), at(10, 7)};
  tail.member(1).fails_next = Error{Cause::connection, "it rolls back", ""};
  EXPECT_THAT(tail.read_to(10), ElementsAre(-7, 7, 10));
}

TEST(TailSource, AnEntryThatNoMemberEverHadIsOfAnotherSet) {
  Tailing tail({{at(1, 1), at(3, 1)}});
  for (const OpTime foreign : {at(2, 1), OpTime{{2, 1}}, at(2, 9), at(2, 0)}) {
    Tailing each({tail.member(1).oplog});
    each.plan.start = AfterEntry{foreign};
    EXPECT_THAT(each.read_to(3), IsEmpty());
    ASSERT_TRUE(each.failure);
    EXPECT_EQ(each.failure->cause, Cause::rolled_back);
    EXPECT_THAT(each.failure->what, HasSubstr("has no entry at 2:1"));
  }
}

TEST(TailSource, ToTheEndOfAMemberThatLagsBehindTheStartAnotherIsAsked) {
  Tailing tail({{at(1, 1), at(2, 1)}, {at(1, 1), at(2, 1), at(3, 1)}});
  tail.plan.start = AfterEntry{at(3, 1)};
  tail.plan.last = at(2, 1).ts;
  EXPECT_THAT(tail.read_to(99), IsEmpty());
  EXPECT_TRUE(tail.ended);
  EXPECT_FALSE(tail.failure) << tail.failure->what;
}

// Some hosted services allow only some forms of filters.
TEST(TailSource, ARefusedFilterIsDoneWithout) {
  Tailing tail({{at(1, 1), at(2, 1)}});
  tail.member(1).refuses_filters = true;
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.filter = bson::Builder().append("ns", "shop.c").take();
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  EXPECT_THAT(tail.said.details, ElementsAre(HasSubstr("filtering here")));
}

// A reverse read sees entries past writes that are still open.
TEST(TailSource, ALocalCatchUpEndsAtWhatAMajorityHas) {
  Tailing tail({{at(1, 1), at(2, 1), at(3, 1)}});
  tail.member(1).committed = 2;
  tail.plan.start = AfterEntry{at(1, 1)};
  tail.plan.read_concern = ReadConcern::local;
  tail.plan.filter = bson::Builder().append("ns", "shop.c").take();
  EXPECT_THAT(tail.read_to(2), ElementsAre(2));
  EXPECT_EQ(tail.watermark, at(2, 1));
}

}  // namespace
}  // namespace mongotail::mongo

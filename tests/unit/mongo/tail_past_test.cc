// A filtered past that several cursors read: it is handed out as exactly as over one.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "bson/builder.h"
#include "mongo/current_member.h"
#include "mongo/tail_source.h"
#include "oplog/entry.h"
#include "scripted_set.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::Le;

/// The past of one member, and whoever prints it.
class Past {
 public:
  Past(std::size_t jobs, std::uint32_t entries, std::uint32_t seconds_between = 1) {
    members.push_back({});
    for (std::uint32_t i = 1; i <= entries; ++i) {
      member().oplog.push_back(at(i * seconds_between, 1));
    }
    member().batch_entries = 7;
    plan.start = AfterEntry{member().oplog.front()};
    plan.filter = bson::Builder().append("ns", "shop.c").take();
    plan.jobs = jobs;
  }

  ScriptedMember& member() { return members.front(); }

  /// What is shown in the end: what was rolled back is not. To the newest entry, the end, or a
  /// failure.
  const std::vector<OpTime>& read() {
    TailSource source(std::make_unique<ScriptedSet>(members), plan, current, said, stop.get_token(),
                      hardly_any);
    for (int idle = 0; idle < 50;) {
      const auto batch = source.next();
      if (!batch) failure = batch.error();
      if (!batch || !*batch) break;
      take(**batch);
      const bool there = !shown.empty() && shown.back() == newest();
      idle = (*batch)->entries.empty() && there ? idle + 25 : idle;
    }
    return shown;
  }

  /// Of the member, as it is now, after the start.
  std::vector<OpTime> all() const {
    const auto& oplog = members.front().oplog;
    return {oplog.begin() + 1, oplog.end()};
  }

  std::deque<ScriptedMember> members;
  TailPlan plan;
  Said said;
  std::stop_source stop;
  std::shared_ptr<CurrentMember> current = std::make_shared<CurrentMember>();
  std::vector<OpTime> shown;
  std::optional<Error> failure;

 private:
  OpTime newest() {
    const std::scoped_lock lock(*member().lock);
    return member().oplog.back();
  }

  void take(const oplog::Batch& batch) {
    if (const auto& place = batch.rolled_back_to) {
      std::erase_if(shown, [&](OpTime each) { return each.ts > place->ts; });
    }
    for (const auto& document : batch.entries) {
      shown.push_back(oplog::Entry::parse(document)->optime);
    }
  }
};

class TailPast : public testing::TestWithParam<std::size_t> {};

TEST_P(TailPast, IsHandedOutOnceInOrderOverNCursorsAtMost) {
  Past past(GetParam(), 500);
  EXPECT_EQ(past.read(), past.all());
  EXPECT_FALSE(past.failure);
  EXPECT_THAT(past.member().most_cursors, Le(GetParam()));
  EXPECT_THAT(past.said.warnings, IsEmpty());
  EXPECT_EQ(past.member().connections, GetParam() > 1 ? 1 + GetParam() : 1);
}

TEST_P(TailPast, EndsWhereItIsToEnd) {
  Past past(GetParam(), 500);
  past.plan.last = at(321, 1).ts;
  auto expected = past.all();
  std::erase_if(expected, [](OpTime each) { return each.ts.seconds > 321; });
  EXPECT_EQ(past.read(), expected);
  EXPECT_FALSE(past.failure);
}

TEST_P(TailPast, BeginsAtATimeOrAtTheOldestEntryToo) {
  Past past(GetParam(), 300);
  past.plan.start = FromTimestamp{{100, 0}};
  auto expected = past.all();
  std::erase_if(expected, [](OpTime each) { return each.ts.seconds < 100; });
  EXPECT_EQ(past.read(), expected);
  Past oldest(GetParam(), 300, 1000);
  oldest.plan.start = FromTimestamp{{}, true};
  EXPECT_EQ(oldest.read(), oldest.member().oplog);
}

TEST_P(TailPast, WhereReadsThatTakeInTooMuchFailSmallerOnesDo) {
  Past past(GetParam(), 300);
  past.member().longest_span = 4;
  past.plan.last = at(300, 1).ts;
  EXPECT_EQ(past.read(), past.all());
}

TEST_P(TailPast, ARefusedFilterIsDoneWithout) {
  Past past(GetParam(), 300);
  past.member().refuses_filters = true;
  EXPECT_EQ(past.read(), past.all());
  EXPECT_EQ(past.said.details.size(), 1u);
}

// Nothing may be missing without a word: what comes is a beginning, or all.
TEST_P(TailPast, WhereTheOplogPassesWhatIsReadHistoryIsLost) {
  for (int moment = 1; moment < 80; moment += 3) {
    Past past(GetParam(), 500);
    auto& member = past.member();
    const auto all = past.all();
    for (int i = 0; i < moment; ++i) member.before_batches.push_back([] {});
    member.before_batches.push_back([&member] {
      std::erase_if(member.oplog, [](OpTime each) { return each.ts.seconds < 450; });
      member.set_begins = false;
      ++member.restarts;
    });
    past.read();
    ASSERT_LE(past.shown.size(), all.size());
    EXPECT_TRUE(std::ranges::equal(past.shown, std::span(all).first(past.shown.size())));
    if (past.shown.size() == all.size()) continue;
    ASSERT_TRUE(past.failure) << moment;
    EXPECT_EQ(past.failure->cause, Cause::history_lost);
  }
}

// The set goes on without what came after `kept`, with a newer term.
void roll_back(ScriptedMember& member, std::size_t kept) {
  const std::int64_t term = member.oplog.back().term + 1;
  const std::uint32_t newest = member.oplog.back().ts.seconds;
  member.oplog.resize(std::min(kept, member.oplog.size()));
  for (std::uint32_t second = member.oplog.back().ts.seconds + 1; second <= newest + 3; ++second) {
    if (second % 3 != 0) member.oplog.push_back(at(second, term));
  }
  ++member.restarts;
}

TEST_P(TailPast, WhateverBreaksAndIsRolledBackWhatIsShownInTheEndIsWhatTheSetHas) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&] { return static_cast<std::uint32_t>(random()); };
    Past past(GetParam(), 100 + chance() % 300, 1 + chance() % 20);
    past.plan.read_concern = ReadConcern::local;
    auto& member = past.member();
    for (int i = 0; i < 150; ++i) {
      auto& steps = chance() % 4 == 0 ? member.before_opens : member.before_batches;
      const std::size_t kept = 2 + chance() % 400;
      const auto failure = chance() % 2 == 0 ? Cause::connection : Cause::overtaken;
      const auto what = chance() % 30;
      steps.push_back([&member, kept, failure, what] {
        if (what == 0) roll_back(member, kept);
        if (what == 1) ++member.restarts;
        if (what == 2) member.fails_next = Error{failure, "it broke", ""};
        if (what == 3) {
          member.oplog.push_back(at(member.oplog.back().ts.seconds + 5, member.oplog.back().term));
        }
      });
    }
    past.read();
    EXPECT_FALSE(past.failure) << seed << ": " << past.failure->what;
    EXPECT_EQ(past.shown, past.all()) << seed;
    EXPECT_THAT(member.most_cursors, Le(GetParam())) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Jobs, TailPast, testing::Values(1, 2, 4),
                         [](const auto& instance) { return std::to_string(instance.param); });

}  // namespace
}  // namespace mongotail::mongo

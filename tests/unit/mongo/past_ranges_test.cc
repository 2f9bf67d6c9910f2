#include "mongo/past_ranges.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oplog/entry.h"
#include "scripted_set.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using testing::AllOf;
using testing::Ge;
using testing::Gt;
using testing::IsEmpty;
using testing::Le;

constexpr std::uint32_t last_second = 400;

/// One member with an entry a second, read from the second one on.
class Ranges {
 public:
  Ranges() {
    members.push_back({});
    for (std::uint32_t second = 1; second <= last_second; ++second) {
      member().oplog.push_back(at(second, 1));
    }
    plan.rest = {AfterEntry{at(1, 1)}, at(last_second, 1).ts, at(last_second, 1), true};
  }

  ScriptedMember& member() { return members.front(); }

  PastRanges& read() {
    if (!ranges_) {
      ranges_.emplace([this] { return set_.member(1); }, plan);
      ranges_->work_with(plan.jobs);
    }
    return *ranges_;
  }

  /// Its entries' seconds, after minus the range's end; what failed is kept.
  std::vector<std::int64_t> range() {
    std::vector<std::int64_t> seen;
    const auto range = read().open_next(stop.get_token());
    if (!range) {
      failure = range.error();
      return seen;
    }
    if (!*range) return seen;
    was_rest = (*range)->is_rest;
    seen.push_back(-std::int64_t{(*range)->last.seconds});
    for (;;) {
      const auto batch = read().next(stop.get_token());
      if (!batch) failure = batch.error();
      if (!batch || !*batch) return seen;
      for (const auto& document : (*batch)->entries) {
        seen.push_back(oplog::Entry::parse(document)->optime.ts.seconds);
      }
    }
  }

  /// All entries' seconds, to the end or a failure.
  std::vector<std::int64_t> all() {
    std::vector<std::int64_t> seen;
    while (!was_rest && !failure) {
      for (const std::int64_t second : range()) {
        if (second > 0) seen.push_back(second);
      }
      ++ranges;
    }
    return seen;
  }

  std::deque<ScriptedMember> members;
  PastRanges::Plan plan;
  std::stop_source stop;
  std::optional<Error> failure;
  bool was_rest = false;
  int ranges = 0;

 private:
  ScriptedSet set_{members};
  std::optional<PastRanges> ranges_;
};

std::vector<std::int64_t> seconds(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> all;
  for (std::int64_t second = from; second <= to; ++second) all.push_back(second);
  return all;
}

TEST(PastRanges, EveryEntryComesOnceAndInOrderHoweverManyReadThem) {
  for (const std::size_t jobs : {1u, 2u, 4u, 9u}) {
    Ranges past;
    past.plan.jobs = jobs;
    past.member().batch_entries = 3;
    EXPECT_EQ(past.all(), seconds(2, last_second)) << jobs;
    EXPECT_THAT(past.ranges, Gt(1)) << jobs;
    EXPECT_FALSE(past.failure);
    EXPECT_THAT(past.member().most_cursors, AllOf(Ge(1u), Le(jobs)));
  }
}

TEST(PastRanges, EachRangeBeginsAfterTheEntryThatTheOneBeforeEndsWith) {
  Ranges past;
  ASSERT_EQ(past.all(), seconds(2, last_second));
  std::vector<bson::Timestamp> begins, ends;
  for (const OplogQuery& query : past.member().opened) {
    const auto bounds = *query.filter.view().find("ts")->as_document();
    begins.push_back(*bounds.find("$gt")->as_timestamp());
    ends.push_back(*bounds.find("$lte")->as_timestamp());
    EXPECT_EQ(query.kind, OplogQuery::Kind::forward);
  }
  std::ranges::sort(begins);
  std::ranges::sort(ends);
  EXPECT_EQ(begins.front(), at(1, 1).ts);
  EXPECT_EQ(ends.back(), at(last_second, 1).ts);
  begins.erase(begins.begin());
  ends.pop_back();
  EXPECT_EQ(begins, ends);
}

TEST(PastRanges, WhatIsLeftIsSharedSoThatAllHaveSomethingToDoUntilTheEnd) {
  ScanPace pace;
  for (int i = 0; i < 3; ++i) pace.took(std::chrono::seconds(0), std::chrono::seconds(1));
  const auto span = [&](std::uint32_t begin, std::size_t jobs) {
    return span_of({AfterEntry{at(begin, 1)}, at(1000, 1).ts, at(1000, 1), true}, pace, jobs);
  };
  EXPECT_EQ(span(200, 2), 200u);
  EXPECT_EQ(span(200, 4), 100u);
  // What takes hardly any time is not shared out any further.
  EXPECT_EQ(span(999, 4), pace.span() / 16);
  EXPECT_EQ(span(200, 1), pace.span());
  EXPECT_EQ(span_of({AfterEntry{at(200, 1)}, at(1000, 1).ts, at(1000, 1), true}, ScanPace(), 2),
            ScanPace().span());
}

TEST(PastRanges, AFailureComesAfterWhatWasReadBeforeIt) {
  Ranges past;
  past.member().batch_entries = 3;
  for (int i = 0; i < 20; ++i) past.member().before_batches.push_back([] {});
  past.member().before_batches.push_back([&] {
    past.member().fails_next = Error{Cause::connection, "it broke", ""};
  });
  const auto seen = past.all();
  ASSERT_TRUE(past.failure);
  EXPECT_EQ(past.failure->cause, Cause::connection);
  EXPECT_FALSE(past.read().took_too_long());
  EXPECT_EQ(seen, seconds(2, 1 + static_cast<std::int64_t>(seen.size())));
}

TEST(PastRanges, AReadThatAskedForTooMuchIsToldFromOneThatBroke) {
  Ranges past;
  past.member().longest_span = 1;
  EXPECT_THAT(past.all(), IsEmpty());
  ASSERT_TRUE(past.failure);
  EXPECT_TRUE(past.read().took_too_long());
}

TEST(PastRanges, AMemberThatCannotBeReachedIsOneFailure) {
  Ranges past;
  past.member().reachable = false;
  EXPECT_THAT(past.all(), IsEmpty());
  ASSERT_TRUE(past.failure);
  EXPECT_EQ(past.failure->cause, Cause::unreachable);
}

// So that what is read out of turn does not fill the memory while nobody prints.
TEST(PastRanges, WhileEnoughWaitsNothingMoreIsRequestedButWhatComesNext) {
  Ranges past;
  past.plan.kept_bytes = 1;
  past.member().batch_entries = 1;
  std::size_t asked = 0;
  for (int i = 0; i < 1000; ++i) past.member().before_batches.push_back([&asked] { ++asked; });
  const auto asked_so_far = [&] {
    const std::scoped_lock lock(*past.member().lock);
    return asked;
  };
  ASSERT_TRUE(past.read().open_next(past.stop.get_token()));
  std::size_t printed = 0;
  for (; printed < 20; ++printed) {
    const auto batch = past.read().next(past.stop.get_token());
    if (!batch || !*batch) break;
    // What was printed, one that waits, and what each had asked for meanwhile.
    EXPECT_THAT(asked_so_far(), Le(printed + 1 + 1 + past.plan.jobs));
  }
  EXPECT_THAT(printed, Gt(5u));
}

TEST(PastRanges, AStopEndsWaiting) {
  Ranges past;
  past.plan.jobs = 0;
  past.stop.request_stop();
  const auto range = past.read().open_next(past.stop.get_token());
  ASSERT_TRUE(range);
  EXPECT_FALSE(*range);
}

}  // namespace
}  // namespace mongotail::mongo

#include "mongo/reverse_source.h"

#include <gmock/gmock.h>

#include "oplog/entry.h"
#include "scripted_set.h"

namespace mongotail::mongo {
namespace {

using testing::ElementsAre;

class ReverseSourceTest : public testing::Test {
 protected:
  ReverseSourceTest() : members(1) {
    members[0].oplog = {at(1, 1), at(2, 1), at(50, 1), at(100, 1), at(101, 1)};
    plan.last = at(100, 1).ts;
  }

  std::vector<std::uint32_t> read() {
    ReverseSource source(std::make_unique<ScriptedSet>(members), plan,
                         std::make_shared<CurrentMember>());
    std::vector<std::uint32_t> seen;
    for (;;) {
      const auto batch = source.next();
      if (!batch) failure = batch.error();
      if (!batch || !*batch) return seen;
      for (const auto& document : (*batch)->entries) {
        seen.push_back(oplog::Entry::parse(document)->optime.ts.seconds);
      }
    }
  }

  std::deque<ScriptedMember> members;
  ReversePlan plan;
  std::optional<Error> failure;
};

TEST_F(ReverseSourceTest, ReadsFromTheLastEntryBackToTheOldest) {
  EXPECT_THAT(read(), ElementsAre(100, 50, 2, 1));
  EXPECT_EQ(members[0].opened.size(), 1u);
}

TEST_F(ReverseSourceTest, TheServerIsToldHowManyEntriesMayBeEnough) {
  plan.enough = 3;
  EXPECT_THAT(read(), ElementsAre(100, 50, 2, 1));
  EXPECT_EQ(members[0].opened.back().enough, 3u);
}

// Servers begin a backward read at their newest entry, so smaller ones are not possible.
TEST_F(ReverseSourceTest, WhatTakesTooLongIsReadForwardInPieces) {
  members[0].longest_span = 12;
  EXPECT_THAT(read(), ElementsAre(100, 50, 2, 1));
  EXPECT_EQ(members[0].opened.back().kind, OplogQuery::Kind::forward);
}

TEST_F(ReverseSourceTest, PiecesEndAtTheFirstEntryThatIsWanted) {
  members[0].longest_span = 12;
  plan.first = at(40, 1).ts;
  EXPECT_THAT(read(), ElementsAre(100, 50));
}

// Some hosted services allow only some forms of filters.
TEST_F(ReverseSourceTest, ARefusedFilterIsDoneWithout) {
  members[0].refuses_filters = true;
  plan.filter = bson::Builder().append("ns", "shop.c").take();
  EXPECT_THAT(read(), ElementsAre(100, 50, 2, 1));
}

TEST_F(ReverseSourceTest, ABrokenConnectionIsAFailure) {
  members[0].fails_next = Error{Cause::connection, "it broke", ""};
  EXPECT_THAT(read(), ElementsAre());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->cause, Cause::connection);
}

}  // namespace
}  // namespace mongotail::mongo

#include "read/lines_start.h"

#include <gtest/gtest.h>

#include "scripted_source.h"

namespace mongotail::read {
namespace {

using bson::Timestamp;

class LinesStartTest : public ::testing::Test {
 protected:
  Result<LinesStart> find(LinesQuery query) {
    auto reversed = script(
        batch_of(
            {R"({"ts":{"$timestamp":{"t":9,"i":1}},"op":"i","ns":"a.b","o":{"_id":9}})",
             R"({"ts":{"$timestamp":{"t":8,"i":1}},"op":"c","ns":"admin.$cmd","o":{"applyOps":[)"
             R"({"op":"i","ns":"a.b","o":{}},{"op":"i","ns":"a.b","o":{}},)"
             R"({"op":"i","ns":"a.c","o":{}},{"op":"i","ns":"a.b","o":{}}]}})"}),
        batch_of(
            {R"({"ts":{"$timestamp":{"t":7,"i":1}},"op":"i","ns":"a.c","o":{"_id":7}})",
             // Its first part is gone.
             R"({"ts":{"$timestamp":{"t":7,"i":0}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
             R"("lsid":{},"txnNumber":{"$numberLong":"2"},)"
             R"("prevOpTime":{"ts":{"$timestamp":{"t":2,"i":1}},"t":{"$numberLong":"1"}},)"
             R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":50}}]}})",
             R"({"ts":{"$timestamp":{"t":6,"i":1}},"op":"i","ns":"a.b","o":{"_id":6}})"}));
    match::Selection selection;
    selection.ns = {"a.b"};
    NoLookup lookup;
    return find_lines_start(*reversed, lookup, *match::Predicate::make(selection), query);
  }

  LinesStart found(std::uint64_t lines, std::optional<Timestamp> first = std::nullopt) {
    return *find({lines, false, first});
  }
};

TEST_F(LinesStartTest, CountsMatchingOperationsBackwards) {
  EXPECT_EQ(found(1).start.ts, (Timestamp{9, 1}));
  EXPECT_EQ(found(1).skip, 0u);
}

TEST_F(LinesStartTest, InsideATransactionTheFirstOnesAreSkipped) {
  EXPECT_EQ(found(2).start.ts, (Timestamp{8, 1}));
  EXPECT_EQ(found(2).skip, 2u);
  EXPECT_EQ(found(4).skip, 0u);
}

TEST_F(LinesStartTest, WhatWasMovedBetweenShardsDoesNotCountWhereItIsHidden) {
  const auto start_of = [](bool hide_migrated) {
    auto reversed = script(batch_of(
        {R"({"ts":{"$timestamp":{"t":9,"i":1}},"op":"i","ns":"a.b","o":{"_id":1},"fromMigrate":true})",
         R"({"ts":{"$timestamp":{"t":8,"i":1}},"op":"i","ns":"a.b","o":{"_id":2}})"}));
    NoLookup lookup;
    const LinesQuery query{1, false, std::nullopt, hide_migrated};
    return find_lines_start(*reversed, lookup, *match::Predicate::make({}), query)->start.ts;
  };
  EXPECT_EQ(start_of(true), (Timestamp{8, 1}));
  EXPECT_EQ(start_of(false), (Timestamp{9, 1}));
}

TEST_F(LinesStartTest, RawEntriesAreCountedWhole) {
  const auto second = find({2, true, std::nullopt});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->start.ts, (Timestamp{8, 1}));
  EXPECT_EQ(second->skip, 0u);
}

TEST_F(LinesStartTest, ATransactionWhoseBeginIsGoneCountsForNothing) {
  EXPECT_EQ(found(5).start.ts, (Timestamp{6, 1}));
}

TEST_F(LinesStartTest, MoreThanThereAreStartAtTheOldest) {
  EXPECT_TRUE(found(50).start.oldest);
}

TEST_F(LinesStartTest, AFloorEndsTheCount) {
  EXPECT_EQ(found(50, Timestamp{8, 0}).start.ts, (Timestamp{8, 0}));
  EXPECT_FALSE(found(50, Timestamp{8, 0}).start.oldest);
  EXPECT_EQ(found(1, Timestamp{8, 0}).start.ts, (Timestamp{9, 1}));
  EXPECT_EQ(found(50, Timestamp{1, 0}).start.ts, (Timestamp{1, 0}));
}

TEST_F(LinesStartTest, WhatLiesBeforeTheFloorIsNotEvenRead) {
  auto reversed =
      script(batch_of({R"({"ts":{"$timestamp":{"t":9,"i":1}},"op":"i","ns":"a.b","o":{"_id":9}})",
                       // No entry at all.
                       R"({"ts":{"$timestamp":{"t":3,"i":1}},"op":7})"}));
  NoLookup lookup;
  const auto start =
      find_lines_start(*reversed, lookup, *match::Predicate::make({}), {2, false, Timestamp{5, 0}});
  ASSERT_TRUE(start);
  EXPECT_EQ(start->start.ts, (Timestamp{5, 0}));
}

TEST_F(LinesStartTest, WhatEndsTheReversedStreamEndsTheCount) {
  auto reversed = script(fail(Cause::connection, "the server went away"));
  NoLookup lookup;
  const auto start =
      find_lines_start(*reversed, lookup, *match::Predicate::make({}), {2, false, {}});
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().cause, Cause::connection);
}

}  // namespace
}  // namespace mongotail::read

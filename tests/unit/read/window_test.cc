#include "read/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace mongotail::read {
namespace {

using bson::Timestamp;
using oplog::At;
using oplog::BeforeNewest;
using oplog::Now;
using oplog::Oldest;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
constexpr oplog::OpTime newest{{1000, 7}, 3};

TEST(Window, NowIsRightAfterTheNewestEntry) {
  EXPECT_EQ(timestamp_of(Now{}, newest), (Timestamp{1000, 8}));
  EXPECT_EQ(timestamp_of(Now{}, {{1000, most}, 3}), (Timestamp{1001, 0}));
}

TEST(Window, ADurationCountsFromTheNewestEntryNotFromThisClock) {
  EXPECT_EQ(timestamp_of(BeforeNewest{seconds(60)}, newest), (Timestamp{940, 0}));
  EXPECT_EQ(timestamp_of(BeforeNewest{seconds(5000)}, newest), (Timestamp{0, 0}));
}

TEST(Window, AnEndAndTheStartThatFollowsItMeet) {
  EXPECT_EQ(last_before(At{{500, 0}}, newest), (Timestamp{499, most}));
  EXPECT_EQ(last_before(At{{500, 4}}, newest), (Timestamp{500, 3}));
  EXPECT_EQ(last_before(Now{}, newest), newest.ts);
}

TEST(Window, NothingIsBeforeTheFirstTimestampThatThereIs) {
  EXPECT_EQ(last_before(At{{0, 1}}, newest), (Timestamp{0, 0}));
  EXPECT_EQ(last_before(At{{0, 0}}, newest), (Timestamp{0, 0}));
  EXPECT_TRUE(check_window(Oldest{}, At{{0, 1}}, newest));
  EXPECT_FALSE(check_window(Oldest{}, At{{0, 0}}, newest));
}

TEST(Window, AnEndThatIsNotPastTheStartIsAMistakeThatIsExplained) {
  EXPECT_TRUE(check_window(BeforeNewest{seconds(600)}, Now{}, newest));
  const Status same = check_window(At{{500, 0}}, At{{500, 0}}, newest);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().cause, Cause::usage);
  EXPECT_THAT(same.error().hint, HasSubstr("earlier --since"));
  const Status from_now = check_window(Now{}, At{{500, 0}}, newest);
  ASSERT_FALSE(from_now);
  EXPECT_THAT(from_now.error().what, HasSubstr("1000:8 (1970-01-01 00:16:40Z) (now)"));
}

TEST(Window, OnlyTimesThatCountFromTheNewestEntryNeedIt) {
  ReadRequest request;
  EXPECT_FALSE(counts_from_newest(request));
  request.start = Oldest{};
  request.end = At{{5, 0}};
  EXPECT_FALSE(counts_from_newest(request));
  request.end = Now{};
  EXPECT_TRUE(counts_from_newest(request));
  request.start = BeforeNewest{seconds(1)};
  request.end = std::nullopt;
  EXPECT_TRUE(counts_from_newest(request));
}

TEST(SavedWindow, WithoutTimesItIsOpen) {
  const auto window = saved_window({}, newest);
  ASSERT_TRUE(window);
  EXPECT_FALSE(window->first);
  EXPECT_FALSE(window->last);
}

TEST(SavedWindow, ItsTimesAreInclusiveAndCountFromTheNewestEntry) {
  ReadRequest request;
  request.start = BeforeNewest{seconds(600)};
  request.end = Now{};
  const auto window = saved_window(request, newest);
  ASSERT_TRUE(window);
  EXPECT_EQ(window->first, (Timestamp{400, 0}));
  EXPECT_EQ(window->last, newest.ts);
}

TEST(SavedWindow, WithoutAnEntryTenMinutesBeforeNowIsEmptyAndNoMistake) {
  ReadRequest request;
  request.start = BeforeNewest{seconds(600)};
  request.end = Now{};
  const auto window = saved_window(request, {});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->last, (Timestamp{0, 0}));
}

TEST(SavedWindow, ACursorReplacesTheStartAndMayLieBehindTheEnd) {
  ReadRequest request;
  request.after = resume::Cursor{{{700, 2}, 1}, std::nullopt};
  request.start = At{{900, 0}};
  request.end = At{{600, 0}};
  const auto window = saved_window(request, newest);
  ASSERT_TRUE(window);
  EXPECT_EQ(window->first, (Timestamp{700, 2}));
  EXPECT_EQ(window->last, (Timestamp{599, most}));
  request.after = std::nullopt;
  EXPECT_FALSE(saved_window(request, newest));
}

TEST(SavedWindow, AFileWithoutAStartBeginsAtItsBeginAndHasNoWrongEnd) {
  ReadRequest request;
  request.end = At{{0, 0}};
  const auto window = saved_window(request, newest);
  ASSERT_TRUE(window);
  EXPECT_FALSE(window->first);
}

}  // namespace
}  // namespace mongotail::read

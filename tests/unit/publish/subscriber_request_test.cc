#include "publish/subscriber_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>
#include <vector>

namespace mongotail::publish {
namespace {

using bson::Timestamp;
using serve::StartAfter;
using serve::StartFrom;
using serve::StartInPast;
using serve::StartNow;

constexpr std::uint32_t second = 1'700'000'000;
const resume::Cursor top{{{second, 7}, 1}};

class UnderstandTest : public ::testing::Test {
 protected:
  static Result<serve::Subscription> ask(const std::vector<serve::Parameter>& parameters,
                                         std::string_view cursor = "") {
    return understand(parameters, cursor, serve::Form::lines, top);
  }
  static const SubscriberRequest& request(const serve::Subscription& understood) {
    return static_cast<const SubscriberRequest&>(*understood.request);
  }
};

TEST_F(UnderstandTest, WithoutParametersItIsWhatComesFromNowOn) {
  const auto understood = ask({});
  ASSERT_TRUE(understood);
  EXPECT_TRUE(std::holds_alternative<StartNow>(understood->start));
  EXPECT_FALSE(understood->last);
  EXPECT_FALSE(request(*understood).ends_at_newest());
}

TEST_F(UnderstandTest, TimesThatCountFromTheNewestEntryAreTimesFromThenOn) {
  const auto understood = ask({{"since", "10s"}, {"until", "5s"}});
  ASSERT_TRUE(understood);
  EXPECT_EQ(std::get<StartFrom>(understood->start).ts, (Timestamp{second - 10, 0}));
  EXPECT_EQ(understood->last, (Timestamp{second - 6, std::numeric_limits<std::uint32_t>::max()}));
  EXPECT_EQ(request(*understood).read.start, oplog::Moment(oplog::At{{second - 10, 0}}));
}

TEST_F(UnderstandTest, OnlyTheOplogKnowsWhereItsOldestAndItsLastOperationsAre) {
  EXPECT_TRUE(std::holds_alternative<StartInPast>(ask({{"since", "oldest"}})->start));
  EXPECT_TRUE(std::holds_alternative<StartInPast>(ask({{"lines", "5"}})->start));
  EXPECT_TRUE(std::holds_alternative<StartNow>(ask({{"lines", "0"}})->start));
}

TEST_F(UnderstandTest, WhatEndsWithTheNewestEntryHasNoEndYet) {
  for (const auto& parameters :
       {std::vector<serve::Parameter>{{"since", "oldest"}, {"no-follow", "true"}},
        std::vector<serve::Parameter>{{"since", "10m"}, {"until", "now"}}}) {
    const auto understood = ask(parameters);
    ASSERT_TRUE(understood);
    EXPECT_TRUE(request(*understood).ends_at_newest());
    EXPECT_TRUE(std::holds_alternative<StartInPast>(understood->start));
    EXPECT_FALSE(understood->last);
  }
}

TEST_F(UnderstandTest, TheCursorOfTheConnectionWinsOverTheParameter) {
  const auto understood = ask({{"after-cursor", "5:1"}}, "9:2@1#3");
  ASSERT_TRUE(understood);
  EXPECT_EQ(std::get<StartAfter>(understood->start).place, (resume::Cursor{{{9, 2}, 1}, 3}));
  EXPECT_EQ(request(*understood).read.after, (resume::Cursor{{{9, 2}, 1}, 3}));
}

TEST_F(UnderstandTest, AnEndBeforeTheStartIsNamedAtOnce) {
  const auto understood = ask({{"until", "5m"}});
  ASSERT_FALSE(understood);
  EXPECT_EQ(understood.error().cause, Cause::usage);
  EXPECT_TRUE(ask({{"until", "5m"}, {"lines", "3"}}));
}

TEST_F(UnderstandTest, AnErrorNamesTheParameterWithoutDashes) {
  const auto understood = ask({{"limit", "many"}});
  ASSERT_FALSE(understood);
  EXPECT_THAT(understood.error().what, ::testing::StartsWith("limit"));
}

}  // namespace
}  // namespace mongotail::publish

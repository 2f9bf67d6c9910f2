#include "plan/from_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail::plan {
namespace {

using ::testing::ElementsAre;

TEST(ReadRequest, SaysWhatTheFlagsSayOfWhatIsRead) {
  cli::Config config;
  config.selection.ns = {"a.b"};
  config.since = cli::Oldest{};
  config.until = cli::Now{};
  config.lines = 7;
  config.follow = false;
  config.raw = config.allow_gap = config.skip_damaged = true;
  config.read_concern = ReadConcern::local;
  const read::ReadRequest request = to_request(config, std::nullopt);
  EXPECT_THAT(request.wish.ns, ElementsAre("a.b"));
  EXPECT_EQ(request.start, oplog::Moment(oplog::Oldest{}));
  EXPECT_EQ(request.end, oplog::Moment(oplog::Now{}));
  EXPECT_EQ(request.lines, 7u);
  EXPECT_FALSE(request.follow);
  EXPECT_TRUE(request.raw);
  EXPECT_TRUE(request.allow_gap);
  EXPECT_TRUE(request.skip_damaged);
  EXPECT_EQ(request.read_concern, ReadConcern::local);
  EXPECT_FALSE(request.bound);
  EXPECT_FALSE(request.after);
}

TEST(ReadRequest, AnEarlierRunCountsAndNotTheFlagThatItMayHaveComeFrom) {
  cli::Config config;
  config.after_cursor = resume::Cursor{{{5, 1}, 1}, std::nullopt};
  const resume::Cursor saved{{{9, 1}, 1}, 3};
  EXPECT_EQ(to_request(config, saved).after, saved);
  EXPECT_FALSE(to_request(config, std::nullopt).after);
}

}  // namespace
}  // namespace mongotail::plan

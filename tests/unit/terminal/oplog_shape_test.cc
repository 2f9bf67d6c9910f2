#include "terminal/oplog_shape.h"

#include <gtest/gtest.h>

namespace mongotail::terminal {
namespace {

TEST(OplogShape, CountsTheBytesBeforeATime) {
  const OplogShape shape({{{30, 1}, 5}, {{10, 1}, 100}, {{20, 1}, 40}});
  EXPECT_DOUBLE_EQ(shape.before({9, 1}), 0);
  EXPECT_DOUBLE_EQ(shape.before({10, 1}), 0);
  EXPECT_DOUBLE_EQ(shape.before({15, 1}), 120);
  EXPECT_DOUBLE_EQ(shape.before({20, 1}), 140);
  EXPECT_DOUBLE_EQ(shape.before({30, 1}), 145);
  EXPECT_DOUBLE_EQ(shape.before({99, 1}), 145);
}

TEST(OplogShape, TellsEntriesOfOneSecondApart) {
  const OplogShape shape({{{10, 1}, 10}, {{10, 1001}, 10}});
  EXPECT_NEAR(shape.before({10, 501}), 15, 0.01);
}

TEST(OplogShape, OfNoEntriesIsEverywhereTheSame) {
  EXPECT_DOUBLE_EQ(OplogShape({}).before({10, 1}), 0);
}

}  // namespace
}  // namespace mongotail::terminal

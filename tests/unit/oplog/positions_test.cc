#include "oplog/positions.h"

#include <gtest/gtest.h>

namespace mongotail::oplog {
namespace {

TEST(Positions, AreTheCursorOfTheWholeStream) {
  Positions positions;
  positions.add_source("east");
  positions.add_source("west");
  const auto text = [&] {
    std::string out;
    positions.append(out);
    return out;
  };
  EXPECT_EQ(text(), "");
  positions.set(1, {{9, 2}, 3}, 4);
  EXPECT_EQ(text(), "west=9:2@3#4");
  positions.set(0, {{8, 1}, OpTime::no_term}, std::nullopt);
  positions.set(1, {{9, 2}, 3}, std::nullopt);
  EXPECT_EQ(text(), "east=8:1,west=9:2@3");
  positions.unset(0);
  EXPECT_EQ(text(), "west=9:2@3");
}

}  // namespace
}  // namespace mongotail::oplog

#include "bson/types.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "random_seed.h"

namespace mongotail::bson {
namespace {

constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();

TEST(Timestamp, TheNextOneCarriesOverIntoTheNextSecond) {
  EXPECT_EQ(next({5, 0}), (Timestamp{5, 1}));
  EXPECT_EQ(next({5, last - 1}), (Timestamp{5, last}));
  EXPECT_EQ(next({5, last}), (Timestamp{6, 0}));
  EXPECT_EQ(next({0, 0}), (Timestamp{0, 1}));
}

TEST(Timestamp, ThePreviousOneBorrowsFromTheSecondBefore) {
  EXPECT_EQ(previous({5, 1}), (Timestamp{5, 0}));
  EXPECT_EQ(previous({5, 0}), (Timestamp{4, last}));
  EXPECT_EQ(previous({1, 0}), (Timestamp{0, last}));
}

TEST(Timestamp, TheFirstAndTheLastHaveNoNeighbourOnOneSide) {
  EXPECT_EQ(previous({0, 0}), (Timestamp{0, 0}));
  EXPECT_EQ(next({last, last}), (Timestamp{last, last}));
}

TEST(Timestamp, NothingLiesBetweenOneAndTheNext) {
  std::mt19937 random(random_seed());
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t seconds = 1 + static_cast<std::uint32_t>(random() % (last - 1));
    for (const std::uint32_t ordinal : {0u, 1u, static_cast<std::uint32_t>(random()), last}) {
      const Timestamp ts{seconds, ordinal};
      ASSERT_LT(ts, next(ts));
      ASSERT_LT(previous(ts), ts);
      ASSERT_EQ(previous(next(ts)), ts);
      ASSERT_EQ(next(previous(ts)), ts);
    }
  }
}

}  // namespace
}  // namespace mongotail::bson

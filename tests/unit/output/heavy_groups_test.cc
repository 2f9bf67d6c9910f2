#include "output/heavy_groups.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "random_seed.h"

namespace mongotail::output {
namespace {

TEST(HeavyGroups, AreExactWhileThereAreNoMoreThanFit) {
  HeavyGroups groups(HeavyGroups::Weight::bytes, 1000);
  std::uint64_t operation = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) groups.add(std::to_string(i), {1, i, round, round}, ++operation);
  }
  EXPECT_TRUE(groups.exact());
  ASSERT_EQ(groups.size(), 1000u);
  for (const auto item : groups.all()) {
    EXPECT_EQ(item->second.tally.count, 3);
    EXPECT_EQ(item->second.tally.bytes, 3 * std::stoi(item->first));
    EXPECT_EQ(item->second.tally.first, 0);
    EXPECT_EQ(item->second.tally.last, 2);
    EXPECT_EQ(item->second.missed.count, 0);
  }
}

TEST(HeavyGroups, CountAnOperationOnceAGroup) {
  HeavyGroups groups(HeavyGroups::Weight::count);
  groups.add("a", {1, 10, 0, 0}, 1);
  groups.add("a", {1, 10, 0, 0}, 1);
  groups.add("a", {1, 10, 0, 0}, 2);
  EXPECT_EQ(groups.all().front()->second.tally.count, 2);
}

// Groups of very different weights, in every order of coming: each bound is held against an exact
// count.
TEST(HeavyGroups, KeepTheirBoundsAgainstAnExactCount) {
  std::mt19937 random(random_seed());
  int inexact = 0;
  for (int round = 0; round < 40; ++round) {
    const auto weight = round % 2 == 0 ? HeavyGroups::Weight::count : HeavyGroups::Weight::bytes;
    constexpr std::size_t most = 64;
    HeavyGroups groups(weight, most);
    std::map<std::string, Tally> exact;
    Tally sum;
    std::geometric_distribution<int> skewed(round % 4 < 2 ? 0.02 : 0.002);
    for (std::uint64_t operation = 1; operation <= 20'000; ++operation) {
      int number = skewed(random);
      // Once, what never comes again, for a long time.
      if (round % 5 == 0 && operation % 4000 < 1000) number = 100'000 + static_cast<int>(operation);
      const std::string key = std::to_string(number);
      const Tally one{1, static_cast<std::int64_t>(1 + random() % 300), 0, 0};
      groups.add(key, one, operation);
      exact[key].add(one);
      sum.add(one);
    }
    if (!groups.exact()) ++inexact;
    EXPECT_LE(groups.size(), most);
    for (const auto item : groups.all()) {
      const Tally truth = exact.at(item->first);
      const auto& [tally, missed, serial, last] = item->second;
      EXPECT_LE(tally.count, truth.count);
      EXPECT_GE(tally.count + missed.count, truth.count);
      EXPECT_LE(tally.bytes, truth.bytes);
      EXPECT_GE(tally.bytes + missed.bytes, truth.bytes);
      exact.erase(item->first);
    }
    for (const auto& [key, truth] : exact) {
      EXPECT_LE(truth.count, groups.dropped().count);
      EXPECT_LE(truth.bytes, groups.dropped().bytes);
    }
    constexpr auto half = static_cast<std::int64_t>(most / 2);
    if (weight == HeavyGroups::Weight::count) {
      EXPECT_LE(groups.dropped().count, sum.count / half);
    } else {
      EXPECT_LE(groups.dropped().bytes, sum.bytes / half);
    }
  }
  EXPECT_GT(inexact, 30);
}

}  // namespace
}  // namespace mongotail::output

#include "output/size_text.h"

#include <gtest/gtest.h>

namespace mongotail::output {
namespace {

TEST(SizeText, HasTwoDigitsOrMore) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 kB");
  EXPECT_EQ(size_text(9'940), "9.9 kB");
  EXPECT_EQ(size_text(9'960), "10 kB");
  EXPECT_EQ(size_text(8'600'000), "8.6 MB");
  EXPECT_EQ(size_text(999'499), "999 kB");
  EXPECT_EQ(size_text(999'600), "1.0 MB");
  EXPECT_EQ(size_text(124e9), "124 GB");
  EXPECT_EQ(size_text(9.2e18), "9.2 EB");
}

TEST(SizeText, SharesAreHonestAtTheirEnds) {
  EXPECT_EQ(share_text(0, 10), "0%");
  EXPECT_EQ(share_text(1, 0), "0%");
  EXPECT_EQ(share_text(1, 1e6), "<0.1%");
  EXPECT_EQ(share_text(412, 1000), "41.2%");
  EXPECT_EQ(share_text(9994, 10000), "99.9%");
  EXPECT_EQ(share_text(10, 10), "100%");
}

TEST(SizeText, RatesAreWholeFromTenOn) {
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(0.01), "<0.1");
  EXPECT_EQ(rate_text(0.44), "0.4");
  EXPECT_EQ(rate_text(9.96), "10");
  EXPECT_EQ(rate_text(12'345.4), "12,345");
}

TEST(SizeText, ThousandsAreParted) {
  EXPECT_EQ(grouped_text(0), "0");
  EXPECT_EQ(grouped_text(999), "999");
  EXPECT_EQ(grouped_text(1'000), "1,000");
  EXPECT_EQ(grouped_text(1'234'567), "1,234,567");
  EXPECT_EQ(grouped_text(-1'234), "-1,234");
}

}  // namespace
}  // namespace mongotail::output

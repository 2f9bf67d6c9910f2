#include "output/digits.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace mongotail::output {
namespace {

std::string text_of(double value) {
  char text[40];
  return {text, put_finite_double(text, value)};
}

void expect_agreement(double value) {
  char portable[40];
  const std::string expected(portable, put_finite_double_portable(portable, value));
  ASSERT_EQ(text_of(value), expected);
  ASSERT_EQ(std::bit_cast<std::uint64_t>(std::strtod(expected.c_str(), nullptr)),
            std::bit_cast<std::uint64_t>(value))
      << expected;
}

TEST(Digits, ADoubleAlwaysReadsAsOne) {
  EXPECT_EQ(text_of(0), "0.0");
  EXPECT_EQ(text_of(-0.0), "-0.0");
  EXPECT_EQ(text_of(-17), "-17.0");
  EXPECT_EQ(text_of(0x1p53), "9007199254740992.0");
  EXPECT_EQ(text_of(1e22), "1e+22");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(-12.5), "-12.5");
  EXPECT_EQ(text_of(0.001), "0.001");
  EXPECT_EQ(text_of(0.0001), "1e-04");
  EXPECT_EQ(text_of(0.00012), "0.00012");
  EXPECT_EQ(text_of(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(text_of(std::numeric_limits<double>::denorm_min()), "5e-324");
}

TEST(Digits, BothWaysToWriteADoubleAgreeWhateverItsBits) {
  std::mt19937_64 chance(20);
  for (int i = 0; i < 300'000; ++i) {
    const auto value = std::bit_cast<double>(chance());
    if (!std::isfinite(value)) continue;
    ASSERT_NO_FATAL_FAILURE(expect_agreement(value));
  }
}

TEST(Digits, BothWaysAgreeOnFractionsOfEverySizeAndPrecision) {
  std::mt19937_64 chance(21);
  for (int exponent = -8; exponent <= 18; ++exponent) {
    const double scale = std::pow(10.0, exponent);
    ASSERT_NO_FATAL_FAILURE(expect_agreement(scale));
    std::uniform_real_distribution<double> any(-scale, scale);
    for (int i = 0; i < 5'000; ++i) {
      const double value = any(chance);
      ASSERT_NO_FATAL_FAILURE(expect_agreement(value));
      for (const double unit : {1.0, 10.0, 100.0, 1e4, 1e8}) {
        ASSERT_NO_FATAL_FAILURE(expect_agreement(std::round(value * unit) / unit));
      }
    }
  }
}

TEST(Digits, IntegersOfEveryLength) {
  std::uint64_t value = 1;
  for (int digits = 1; digits <= 19; ++digits, value *= 10) {
    for (const std::uint64_t each : {value - 1, value, value + 1}) {
      char text[20];
      EXPECT_EQ(std::string(text, put_unsigned(text, each)), std::to_string(each));
    }
  }
  char text[20];
  EXPECT_EQ(std::string(text, put_integer(text, std::numeric_limits<std::int64_t>::min())),
            "-9223372036854775808");
}

}  // namespace
}  // namespace mongotail::output

#include "base/text.h"

#include <gtest/gtest.h>

namespace mongotail {
namespace {

TEST(Text, DigitsAreThoseOfAscii) {
  EXPECT_TRUE(all_digits("0123456789"));
  for (const char* text : {"", "1a", " 1", "-1", "\u0661"}) EXPECT_FALSE(all_digits(text)) << text;
}

TEST(Text, HexDigitsHaveValuesInBothCases) {
  EXPECT_EQ(hex_value('0'), 0);
  EXPECT_EQ(hex_value('9'), 9);
  EXPECT_EQ(hex_value('a'), 10);
  EXPECT_EQ(hex_value('F'), 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', '\0'}) EXPECT_EQ(hex_value(c), -1) << c;
}

TEST(Text, LowerLeavesAllButAsciiLettersAlone) {
  EXPECT_EQ(lower("UTF-8 [@`{ \u00C4"), "utf-8 [@`{ \u00C4");
}

TEST(Text, TrimmedTakesBlanksFromBothEnds) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Text, PercentCodingIsTakenBack) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(percent_decoded(percent_encoded(every)), every);
  EXPECT_EQ(percent_encoded("a-._~Z9 /+\xFF"), "a-._~Z9%20%2F%2B%FF");
  EXPECT_EQ(percent_decoded("%41%2f+"), "A/+");
}

TEST(Text, APercentSignNeedsTwoHexDigits) {
  EXPECT_TRUE(is_percent_encoded("a%41%2f"));
  EXPECT_EQ(percent_decoded("%%41%4g%zz%4"), "%A%4g%zz%4");
  for (const char* text : {"%", "%4", "a%", "%4g", "%g4", "%%41"}) {
    EXPECT_FALSE(is_percent_encoded(text)) << text;
  }
}

}  // namespace
}  // namespace mongotail

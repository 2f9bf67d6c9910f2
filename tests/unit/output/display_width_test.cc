#include "output/display_width.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mongotail::output {
namespace {

TEST(DisplayWidth, OrdinaryCharactersTakeAColumn) {
  for (const char32_t c : {U'a', U' ', U'~', U'é', U'ß', U'ж', U'ก', U'→', U'…', U'│', U'❤'}) {
    EXPECT_EQ(columns_of(c), 1) << static_cast<unsigned>(c);
  }
}

TEST(DisplayWidth, EastAsianWideOnesAndEmojiTakeTwo) {
  for (const char32_t c : {U'日', U'한', U'ア', U'。', U'Ａ', U'😀', U'⌚', U'\U00020000'}) {
    EXPECT_EQ(columns_of(c), 2) << static_cast<unsigned>(c);
  }
}

TEST(DisplayWidth, WhatJoinsTheCharacterBeforeItTakesNone) {
  for (const char32_t c : {U'\u0301', U'\u20DD', U'\u0E31', U'\u0941', U'\u1161', U'\u11A8'}) {
    EXPECT_EQ(columns_of(c), 0) << static_cast<unsigned>(c);
  }
}

// Marks that take room of their own, as in Hindi and Tamil.
TEST(DisplayWidth, SpacingMarksTakeAColumn) {
  for (const char32_t c : {U'\u093E', U'\u0BBE', U'\u0903'}) {
    EXPECT_EQ(columns_of(c), 1) << static_cast<unsigned>(c);
  }
}

TEST(DisplayWidth, WhatIsNotAssignedTakesAColumn) {
  for (const char32_t c : {U'\u0378', U'\uE000', U'\uFFFD', U'\U0010FFFF'}) {
    EXPECT_EQ(columns_of(c), 1) << static_cast<unsigned>(c);
  }
}

TEST(DisplayWidth, TextIsTheSumAndBytesThatAreNotUtf8CountOne) {
  EXPECT_EQ(columns_of(std::string_view("日本 e\u0301x")), 7u);
  EXPECT_EQ(columns_of(std::string_view("a\xFFz")), 3u);
  EXPECT_EQ(columns_of(std::string_view()), 0u);
}

TEST(DisplayWidth, ACutNeverSplitsACharacterFromItsMarks) {
  const std::string_view text = "日e\u0301本";
  EXPECT_EQ(cut_to_columns(text, 1), "");
  EXPECT_EQ(cut_to_columns(text, 2), "日");
  EXPECT_EQ(cut_to_columns(text, 3), "日e\u0301");
  EXPECT_EQ(cut_to_columns(text, 4), "日e\u0301");
  EXPECT_EQ(cut_to_columns(text, 5), text);
}

}  // namespace
}  // namespace mongotail::output

#include "base/safe_text.h"

#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"
#include "random_seed.h"

namespace mongotail {
namespace {

TEST(SafeText, OrdinaryTextIsUnchanged) {
  for (const char* text : {"", "app.users", "straße €  😀", "a\\nb", "\"quoted\"", "日本語"}) {
    EXPECT_EQ(safe_text(text), text);
  }
}

TEST(SafeText, ControlCharactersBecomeEscapes) {
  EXPECT_EQ(safe_text("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(safe_text("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(safe_text(std::string_view("\0\x07\x7f", 3)), "\\x00\\x07\\x7f");
}

TEST(SafeText, C1ControlsBecomeEscapes) {
  // U+009B is CSI in one character, and the byte 9B alone is so on 8-bit terminals.
  EXPECT_EQ(safe_text("\xC2\x9B"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(safe_text("\x9B"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(safe_text("\xC2\x80\xC2\x9F\xC2\xA0"), "\\x80\\x9f\xC2\xA0");
}

TEST(SafeText, WhatTurnsTheDirectionOfTextBecomesEscapes) {
  EXPECT_EQ(safe_text("\u202Eevil\u202C"), "\\u202eevil\\u202c");
  EXPECT_EQ(safe_text("\u2066\u2069\u200E\u200F\u061C"), "\\u2066\\u2069\\u200e\\u200f\\u061c");
}

TEST(SafeText, LineSeparatorsBecomeEscapes) {
  EXPECT_EQ(safe_text("a\u2028b\u2029"), "a\\u2028b\\u2029");
}

TEST(SafeText, BytesThatAreNotUtf8BecomeEscapes) {
  EXPECT_EQ(safe_text("a\xFF\xE2\x82"), "a\\xff\\xe2\\x82");
  EXPECT_EQ(safe_text("\xED\xA0\x80"), "\\xed\\xa0\\x80");
}

TEST(SafeText, IsAppendedToWhatIsThere) {
  std::string out = "x";
  append_safe_text("\n", out);
  EXPECT_EQ(out, "x\\n");
}

TEST(SafeText, NoBytesWhateverLeaveAnythingUnsafe) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int cases = 0;
  for (; cases < 5000; ++cases) {
    std::string text(random() % 40, '\0');
    // Half of the bytes are of those that start or go on with longer sequences.
    for (char& c : text) c = static_cast<char>(random() % 2 ? random() : 0x80 | random());
    const std::string safe = safe_text(text);
    for (std::string_view rest = safe; !rest.empty();) {
      const Utf8Step step = decode_utf8(rest);
      ASSERT_TRUE(step.valid);
      ASSERT_TRUE(step.code_point >= 0x20 && (step.code_point < 0x7F || step.code_point > 0x9F));
      rest.remove_prefix(step.size);
    }
  }
  EXPECT_EQ(cases, 5000);
}

}  // namespace
}  // namespace mongotail

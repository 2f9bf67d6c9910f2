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

TEST(SafeText, WhatHasNoShapeBecomesEscapes) {
  // Zero-width space, non-joiner, joiner, no-break space, word joiner, invisible operators.
  EXPECT_EQ(safe_text("a\u200Bb\u200C\u200D\uFEFF\u2060\u2061\u2064"),
            "a\\u200bb\\u200c\\u200d\\ufeff\\u2060\\u2061\\u2064");
  // Soft hyphen, grapheme joiner, fillers of Hangul, variation selectors, Mongolian's separator.
  EXPECT_EQ(safe_text("\u00AD\u034F\u115F\u1160\u3164\uFFA0\uFE0F\u180E\u17B4"),
            "\\xad\\u034f\\u115f\\u1160\\u3164\\uffa0\\ufe0f\\u180e\\u17b4");
  // Marks of Arabic numbers, interlinear annotation, shorthand, music, tags, and what is reserved.
  EXPECT_EQ(safe_text("\u0600\u06DD\uFFF9\U0001BCA0\U0001D173\U000E0041\U000E0100"),
            "\\u0600\\u06dd\\ufff9\\u{1bca0}\\u{1d173}\\u{e0041}\\u{e0100}");
  EXPECT_EQ(safe_text("\u2065\uFFF0\U000E0080"), "\\u2065\\ufff0\\u{e0080}");
}

TEST(SafeText, LettersMarksAndSymbolsOfAllScriptsAreUnchanged) {
  for (const char* text : {"e\u0301", "हिन्दी", "العربية", "한국어", "ไทย", "👍🏽", "€ ½ → …",
                           "\u00A0", "\uE000", "\U0001F1E9\U0001F1EA"}) {
    EXPECT_EQ(safe_text(text), text);
  }
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

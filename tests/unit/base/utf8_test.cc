#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace mongotail {
namespace {

// What a text decodes to: code points, and `!n` for n bytes that are none.
std::string decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    if (!out.empty()) out += ' ';
    out += step.valid ? std::to_string(static_cast<std::uint32_t>(step.code_point))
                      : "!" + std::to_string(step.size);
    EXPECT_TRUE(step.valid || step.code_point == 0xFFFD);
    if (step.size == 0 || step.size > text.size()) return out + " (bad size)";
    text.remove_prefix(step.size);
  }
  return out;
}

TEST(Utf8, ReadsOneToFourBytes) {
  EXPECT_EQ(decoded("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "97 233 8364 128512");
  EXPECT_EQ(decoded(std::string_view("\0", 1)), "0");
  EXPECT_EQ(decoded("\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
            "128 2047 2048 65535 65536 1114111");
  EXPECT_EQ(decoded("\xED\x9F\xBF\xEE\x80\x80"), "55295 57344");
}

TEST(Utf8, OverlongFormsSurrogatesAndValuesPastTheLastAreInvalid) {
  EXPECT_EQ(decoded("\xC0\x80"), "!1 !1");
  EXPECT_EQ(decoded("\xC1\xBF"), "!1 !1");
  EXPECT_EQ(decoded("\xE0\x9F\xBF"), "!1 !1 !1");
  EXPECT_EQ(decoded("\xF0\x8F\xBF\xBF"), "!1 !1 !1 !1");
  EXPECT_EQ(decoded("\xED\xA0\x80"), "!1 !1 !1");
  EXPECT_EQ(decoded("\xF4\x90\x80\x80"), "!1 !1 !1 !1");
  EXPECT_EQ(decoded("\xF5\xFF\xFE"), "!1 !1 !1");
}

TEST(Utf8, AnInvalidSequenceTakesItsMaximalSubpart) {
  // Unicode 15, table 3-8 (U+FFFD for truncated sequences).
  EXPECT_EQ(decoded("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "!2 !1 !3 !2 65");
  EXPECT_EQ(decoded("\x80\xBF"
                    "a"),
            "!1 !1 97");
  EXPECT_EQ(decoded("\xE2\x82"), "!2");
}

TEST(Utf8, EveryTextOfThreeBytesIsTakenWhole) {
  int texts = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 5) {
      for (int c = 0; c < 256; c += 7, ++texts) {
        const char bytes[] = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        std::string_view rest(bytes, 3);
        while (!rest.empty()) {
          const Utf8Step step = decode_utf8(rest);
          ASSERT_GE(step.size, 1u);
          ASSERT_LE(step.size, rest.size());
          ASSERT_FALSE(step.valid && step.code_point >= 0xD800 && step.code_point < 0xE000);
          rest.remove_prefix(step.size);
        }
      }
    }
  }
  EXPECT_EQ(texts, 256 * 52 * 37);
}

}  // namespace
}  // namespace mongotail

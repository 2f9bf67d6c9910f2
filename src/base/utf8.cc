#include "base/utf8.h"

namespace mongotail {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Lead {
  std::size_t size;
  unsigned char low;  // the range of the second byte
  unsigned char high;
};

// The well-formed sequences of Unicode's table 3-7.
Lead classify(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {1, 0, 0};
}

}  // namespace

Utf8Step decode_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = classify(first);
  if (lead.size == 1) return {replacement, 1, false};

  char32_t value = first & (0x7Fu >> lead.size);
  for (std::size_t i = 1; i < lead.size; ++i) {
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    if (i >= text.size() || at(i) < low || at(i) > high) return {replacement, i, false};
    value = (value << 6) | (at(i) & 0x3Fu);
  }
  return {value, lead.size, true};
}

}  // namespace mongotail

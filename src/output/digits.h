#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bson/view.h"

/// Numbers and bytes to text, written at `at`; each function returns where its text ends.
/// The room that each needs at most is named with it.
namespace mongotail::output {

namespace detail {

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
inline constexpr std::array<char, 200> digit_pairs = make_pairs();

constexpr std::array<char, 512> make_hex() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = digits[i >> 4];
    pairs[2 * i + 1] = digits[i & 15];
  }
  return pairs;
}
inline constexpr std::array<char, 512> hex_pairs = make_hex();

}  // namespace detail

/// A literal, without its NUL.
template <std::size_t N>
char* put(char* at, const char (&text)[N]) {
  std::memcpy(at, text, N - 1);
  return at + (N - 1);
}

/// 0..99, two digits.
inline char* put_two(char* at, unsigned value) {
  std::memcpy(at, &detail::digit_pairs[2 * value], 2);
  return at + 2;
}

inline char* put_hex_byte(char* at, std::uint8_t byte) {
  std::memcpy(at, &detail::hex_pairs[2u * byte], 2);
  return at + 2;
}

/// Two digits a byte, lower case.
char* put_hex(char* at, bson::Bytes bytes);

namespace detail {
char* put_long_unsigned(char* at, std::uint64_t value);
}

/// At most 20 bytes.
inline char* put_unsigned(char* at, std::uint64_t value) {
  if (value >= 10) return detail::put_long_unsigned(at, value);
  *at = static_cast<char>('0' + value);
  return at + 1;
}
inline char* put_integer(char* at, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  return put_unsigned(at, magnitude);
}

/// The shortest text that reads back as the same double, always with a `.` or an exponent, so that
/// it reads as a double: `1.0`, `-0.0`, `1e+20`. `value` must be finite. Needs room for 40 bytes,
/// some of which it writes to beyond its end.
char* put_finite_double(char* at, double value);
/// The same, fractions too by std::to_chars, which takes half as long again for them.
char* put_finite_double_portable(char* at, double value);

/// As put_finite_double, or `NaN`, `Infinity`, `-Infinity`.
char* put_double(char* at, double value);

/// By the decimal128 specification's algorithm: `1.5`, `1E+3`, `NaN`. At most 43 bytes.
char* put_decimal128(char* at, bson::Decimal128 value);

/// With padding; 4 * ceil(size / 3) bytes.
char* put_base64(char* at, bson::Bytes data);
constexpr std::size_t base64_size(std::size_t size) {
  return (size + 2) / 3 * 4;
}

}  // namespace mongotail::output

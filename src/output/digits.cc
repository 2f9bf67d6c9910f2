#include "output/digits.h"

#include <bson/bson.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace mongotail::output {
namespace {

constexpr double exact_integers = 0x1p53;

// Two digits of base64 for each 12 bits.
constexpr auto base64_pairs = [] {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<char, std::size_t{2} * 4096> pairs{};
  for (std::size_t i = 0; i < 4096; ++i) {
    pairs[2 * i] = digits[i >> 6];
    pairs[2 * i + 1] = digits[i & 63];
  }
  return pairs;
}();

char* put_base64_pair(char* at, std::uint64_t bits) {
  std::memcpy(at, &base64_pairs[2 * (bits & 4095)], 2);
  return at + 2;
}

char* put_base64_group(char* at, std::uint32_t group) {
  return put_base64_pair(put_base64_pair(at, group >> 12), group);
}

// The first of eight bytes becomes the highest of the number.
std::uint64_t load_big_endian(const std::uint8_t* from) {
  auto value = bson::load<std::uint64_t>(from);
  value = (value & 0x00FF00FF00FF00FF) << 8 | (value >> 8 & 0x00FF00FF00FF00FF);
  value = (value & 0x0000FFFF0000FFFF) << 16 | (value >> 16 & 0x0000FFFF0000FFFF);
  return value << 32 | value >> 32;
}

constexpr auto powers_of_ten = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (auto& each : powers) {
    each = power;
    power *= 10;
  }
  return powers;
}();

int count_digits(std::uint64_t value) {
  value |= 1;  // 0 has a digit too, and no other number gets another length
  // log10(2) is 1233 / 4096: at most one too few.
  const int digits = (64 - std::countl_zero(value)) * 1233 >> 12;
  return digits + (value >= powers_of_ten[static_cast<std::size_t>(digits)] ? 1 : 0);
}

#ifdef MONGOTAIL_FMT_DECIMAL
// The text of eight digits, with leading zeros; all lanes of a register at once.
std::uint64_t eight_digits(std::uint32_t value) {
  std::uint64_t lanes = value / 10000 | std::uint64_t{value % 10000} << 32;
  const std::uint64_t hundreds = ((lanes * 10486) >> 20) & 0x7F0000007F;
  lanes = hundreds | (lanes - hundreds * 100) << 16;
  const std::uint64_t tens = ((lanes * 103) >> 10) & 0x000F000F000F000F;
  return (tens | (lanes - tens * 10) << 8) + 0x3030303030303030;
}

// 17 digits at `at`, of which the first is in the low byte of `first`.
void put_seventeen(char* at, std::uint64_t first, std::uint64_t next, std::uint64_t last) {
  *at = static_cast<char>(first);
  std::memcpy(at + 1, &next, sizeof next);
  std::memcpy(at + 9, &last, sizeof last);
}

// For a value that is not whole: what is shortest with a point and without an exponent, which most
// fractions are; else nullptr.
char* put_plain_fraction(char* at, double value) {
  constexpr int all_digits = 17;
  constexpr std::uint64_t eight = 100'000'000;
  const auto decimal = fmt::detail::dragonbox::to_decimal(std::fabs(value));
  const int count = count_digits(decimal.significand);
  const int before = count + decimal.exponent;
  if (decimal.exponent >= 0 || before < -2) return nullptr;
  if (std::signbit(value)) *at++ = '-';
  const std::uint64_t all =
      decimal.significand * powers_of_ten[static_cast<std::size_t>(all_digits - count)];
  const std::uint64_t first = '0' + all / (eight * eight);
  const std::uint64_t rest = all % (eight * eight);
  const std::uint64_t next = eight_digits(static_cast<std::uint32_t>(rest / eight));
  const std::uint64_t last = eight_digits(static_cast<std::uint32_t>(rest % eight));
  if (before <= 0) {
    std::memcpy(at, "0.00", 4);
    at += 2 - before;
    put_seventeen(at, first, next, last);
    return at + count;
  }
  if (before >= 8) {
    put_seventeen(at, first, next, last);
    std::memmove(at + before + 1, at + before, static_cast<std::size_t>(all_digits - before));
    at[before] = '.';
    return at + count + 1;
  }
  // The digits one place to the right, and over them those before the point, joined in a register:
  // reading back what has just been written would wait for it.
  put_seventeen(at + 1, first, next, last);
  const int point = 8 * before;
  const std::uint64_t whole_bits = (std::uint64_t{1} << point) - 1;
  const std::uint64_t whole = (first | next << 8) & whole_bits;
  const std::uint64_t fraction = (first << 8 | next << 16) & ~(whole_bits << 8 | 0xFF);
  const std::uint64_t start = whole | std::uint64_t{'.'} << point | fraction;
  std::memcpy(at, &start, sizeof start);
  return at + count + 1;
}
#else
char* put_plain_fraction(char*, double) {
  return nullptr;
}
#endif

}  // namespace

char* put_hex(char* at, bson::Bytes bytes) {
  for (const std::uint8_t byte : bytes) at = put_hex_byte(at, byte);
  return at;
}

char* detail::put_long_unsigned(char* at, std::uint64_t value) {
  char* const end = at + count_digits(value);
  char* to = end;
  for (; value >= 100; value /= 100) {
    to -= 2;
    put_two(to, static_cast<unsigned>(value % 100));
  }
  if (value >= 10) {
    put_two(to - 2, static_cast<unsigned>(value));
  } else {
    *(to - 1) = static_cast<char>('0' + value);
  }
  return end;
}

char* put_finite_double_portable(char* at, double value) {
  if (value == std::trunc(value) && std::fabs(value) < exact_integers) {
    if (std::signbit(value)) *at++ = '-';
    at = put_unsigned(at, static_cast<std::uint64_t>(std::fabs(value)));
    return put(at, ".0");
  }
  char* const end = std::to_chars(at, at + 30, value).ptr;
  const std::string_view text(at, static_cast<std::size_t>(end - at));
  return text.find_first_of(".e") == std::string_view::npos ? put(end, ".0") : end;
}

char* put_finite_double(char* at, double value) {
  if (std::fabs(value) < exact_integers) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) != value) {
      char* const end = put_plain_fraction(at, value);
      if (end != nullptr) return end;
    } else if (whole != 0) {
      return put(put_integer(at, whole), ".0");
    }
  }
  return put_finite_double_portable(at, value);
}

char* put_double(char* at, double value) {
  if (std::isnan(value)) return put(at, "NaN");
  if (std::isinf(value)) return value > 0 ? put(at, "Infinity") : put(at, "-Infinity");
  return put_finite_double(at, value);
}

char* put_decimal128(char* at, bson::Decimal128 value) {
  bson_decimal128_t decimal;
  decimal.low = value.low;
  decimal.high = value.high;
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&decimal, text);
  const std::size_t size = std::strlen(text);
  std::memcpy(at, text, size);
  return at + size;
}

char* put_base64(char* at, bson::Bytes data) {
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 6) {
    const std::uint64_t bits = load_big_endian(data.data() + i);
    for (const int shift : {52, 40, 28, 16}) at = put_base64_pair(at, bits >> shift);
  }
  for (; i + 3 <= data.size(); i += 3) {
    at = put_base64_group(at, static_cast<std::uint32_t>(data[i]) << 16 |
                                  static_cast<std::uint32_t>(data[i + 1]) << 8 | data[i + 2]);
  }
  const std::size_t rest = data.size() - i;
  if (rest == 0) return at;
  std::uint32_t group = static_cast<std::uint32_t>(data[i]) << 16;
  if (rest == 2) group |= static_cast<std::uint32_t>(data[i + 1]) << 8;
  at = put_base64_group(at, group);
  at[-1] = '=';
  if (rest == 1) at[-2] = '=';
  return at;
}

}  // namespace mongotail::output

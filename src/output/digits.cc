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

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char* put_base64_group(char* at, std::uint32_t group) {
  at[0] = base64_digits[group >> 18];
  at[1] = base64_digits[(group >> 12) & 63];
  at[2] = base64_digits[(group >> 6) & 63];
  at[3] = base64_digits[group & 63];
  return at + 4;
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
// Eight digits, with leading zeros; all lanes of a register at once.
void put_eight(char* at, std::uint32_t value) {
  std::uint64_t lanes = value / 10000 | static_cast<std::uint64_t>(value % 10000) << 32;
  const std::uint64_t hundreds = ((lanes * 10486) >> 20) & 0x7F0000007F;
  lanes = hundreds | (lanes - hundreds * 100) << 16;
  const std::uint64_t tens = ((lanes * 103) >> 10) & 0x000F000F000F000F;
  lanes = (tens | (lanes - tens * 10) << 8) + 0x3030303030303030;
  std::memcpy(at, &lanes, sizeof lanes);
}

// For what is shortest with a point and without an exponent, which most fractions are; else nullptr.
char* put_plain_fraction(char* at, double value) {
  if (value == std::trunc(value)) return nullptr;
  const auto decimal = fmt::detail::dragonbox::to_decimal(std::fabs(value));
  const int after = -decimal.exponent;
  const int before = count_digits(decimal.significand) - after;
  if (after <= 0 || before < -2) return nullptr;
  if (std::signbit(value)) *at++ = '-';
  constexpr std::uint64_t eight_digits = 100'000'000;
  constexpr int end = 24;
  char text[48] = {'0', '0', '0', '0', '0', '0', '0'};
  // There are at most 17.
  text[7] = static_cast<char>('0' + decimal.significand / eight_digits / eight_digits);
  put_eight(text + 8, static_cast<std::uint32_t>(decimal.significand / eight_digits % eight_digits));
  put_eight(text + 16, static_cast<std::uint32_t>(decimal.significand % eight_digits));
  // Copies of a fixed size are single instructions; what is too much is overwritten.
  const int shown_before = std::max(before, 1);
  std::memcpy(at, text + end - after - shown_before, 16);
  at[shown_before] = '.';
  std::memcpy(at + shown_before + 1, text + end - after, 16);
  std::memcpy(at + shown_before + 17, text + end - after + 16, 4);
  return at + shown_before + 1 + after;
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

char* put_unsigned(char* at, std::uint64_t value) {
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

char* put_integer(char* at, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  return put_unsigned(at, magnitude);
}

char* put_finite_double_portable(char* at, double value) {
  constexpr double exact_integers = 0x1p53;
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
  char* const end = put_plain_fraction(at, value);
  return end != nullptr ? end : put_finite_double_portable(at, value);
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

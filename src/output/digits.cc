#include "output/digits.h"

#include <bson/bson.h>

#include <charconv>
#include <cmath>

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

int count_digits(std::uint64_t value) {
  int digits = 1;
  for (; value >= 10000; value /= 10000) digits += 4;
  if (value >= 1000) return digits + 3;
  if (value >= 100) return digits + 2;
  return value >= 10 ? digits + 1 : digits;
}

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

char* put_finite_double(char* at, double value) {
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

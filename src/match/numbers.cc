#include "match/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace mongotail::match {
namespace {

using bson::Element;
using bson::Type;

/// Any number, written out: sign, then 0.d₁d₂d₃… times ten to the power of `scale`.
struct Written {
  enum class Kind { nan, infinite, finite };
  Kind kind = Kind::finite;
  bool negative = false;
  std::string digits;  ///< without zeros at either end; empty: the number is zero
  int scale = 0;

  void trim() {
    const std::size_t begin = digits.find_first_not_of('0');
    if (begin == std::string::npos) {
      digits.clear();
      scale = 0;
      return;
    }
    scale -= static_cast<int>(begin);
    digits.erase(digits.find_last_not_of('0') + 1);
    digits.erase(0, begin);
  }
};

Written write(std::int64_t value) {
  char buffer[24];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
  Written out;
  out.negative = value < 0;
  out.digits.assign(buffer + (out.negative ? 1 : 0), end);
  out.scale = static_cast<int>(out.digits.size());
  out.trim();
  return out;
}

Written write(double value) {
  Written out;
  out.negative = std::signbit(value);
  if (!std::isfinite(value)) {
    out.kind = std::isnan(value) ? Written::Kind::nan : Written::Kind::infinite;
    return out;
  }
  // No double has more than 767 significant digits, so this is its exact value.
  constexpr int after_the_point = 766;
  std::array<char, after_the_point + 16> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific, after_the_point)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const char* digits = text.data() + e + 1;
  if (*digits == '+') ++digits;
  std::from_chars(digits, end, exponent);
  out.digits += text.front();
  out.digits += text.substr(2, e - 2);
  out.scale = exponent + 1;
  out.trim();
  return out;
}

// Decimal digits of a number of 128 bits.
std::string digits_of(std::uint64_t high, std::uint64_t low) {
  std::array<std::uint32_t, 4> limbs = {
      static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
      static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low)};
  constexpr int chunk_digits = 9;
  constexpr std::uint64_t chunk = 1'000'000'000;
  std::string out(5 * chunk_digits, '0');
  for (std::size_t at = out.size(); at > 0;) {
    std::uint64_t rest = 0;
    for (std::uint32_t& limb : limbs) {
      const std::uint64_t value = rest << 32 | limb;
      limb = static_cast<std::uint32_t>(value / chunk);
      rest = value % chunk;
    }
    for (int i = 0; i < chunk_digits; ++i, rest /= 10) {
      out[--at] = static_cast<char>('0' + rest % 10);
    }
  }
  return out;
}

// IEEE 754-2008, 3.5.2: the binary encoding of decimal128.
Written write(bson::Decimal128 value) {
  Written out;
  out.negative = value.high >> 63 != 0;
  const std::uint64_t combination = value.high >> 58 & 0x1f;
  if (combination == 0x1f || combination == 0x1e) {
    out.kind = combination == 0x1f ? Written::Kind::nan : Written::Kind::infinite;
    return out;
  }
  // Coefficients of the longer form are past 10^34: not canonical, they stand for zero.
  if (combination >> 3 == 3) return out;
  constexpr int bias = 6176;
  const auto exponent = static_cast<int>(value.high >> 49 & 0x3fff) - bias;
  constexpr std::size_t most_digits = 34;
  std::string digits = digits_of(value.high & 0x1'ffff'ffff'ffff, value.low);
  // More digits are not canonical either.
  if (digits.find_first_not_of('0') < digits.size() - most_digits) return out;
  out.scale = exponent + static_cast<int>(digits.size());
  out.digits = std::move(digits);
  out.trim();
  return out;
}

Written write(const Element& number) {
  if (const auto value = number.as_decimal128()) return write(*value);
  if (const auto value = number.as_double()) return write(*value);
  return write(number.as_integer().value_or(0));
}

// -1, 0, 1; infinities are beyond -2 and 2.
int rank(const Written& number) {
  if (number.kind == Written::Kind::nan) return -3;
  const int magnitude = number.kind == Written::Kind::infinite ? 2 : number.digits.empty() ? 0 : 1;
  return number.negative ? -magnitude : magnitude;
}

std::strong_ordering compare_magnitudes(const Written& a, const Written& b) {
  if (a.scale != b.scale) return a.scale <=> b.scale;
  return a.digits.compare(b.digits) <=> 0;
}

std::strong_ordering compare_written(const Written& a, const Written& b) {
  if (const auto order = rank(a) <=> rank(b); order != 0) return order;
  if (std::abs(rank(a)) != 1) return std::strong_ordering::equal;
  return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

std::strong_ordering compare_doubles(double a, double b) {
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  if (a == b) return std::strong_ordering::equal;
  return std::isnan(b) <=> std::isnan(a);
}

std::strong_ordering compare_integer_to_double(std::int64_t a, double b) {
  if (std::isnan(b) || b < -0x1p63) return std::strong_ordering::greater;
  if (b >= 0x1p63) return std::strong_ordering::less;
  const double whole = std::trunc(b);
  if (const auto order = a <=> static_cast<std::int64_t>(whole); order != 0) return order;
  return compare_doubles(whole, b);
}

std::optional<std::int64_t> integer(const Element& element) {
  if (const auto value = element.as_int64()) return value;
  if (const auto value = element.as_int32()) return *value;
  return std::nullopt;
}

std::strong_ordering reversed(std::strong_ordering order) {
  return 0 <=> order;
}

enum class Fraction { refuse, cut };

std::optional<std::int64_t> to_int64(const Written& number, Fraction treatment) {
  if (number.kind != Written::Kind::finite || number.scale > 19) return std::nullopt;
  const auto before_point = static_cast<std::size_t>(std::max(number.scale, 0));
  const std::string_view whole = std::string_view(number.digits).substr(0, before_point);
  if (treatment == Fraction::refuse && whole.size() < number.digits.size()) return std::nullopt;
  std::string text(whole);
  text.append(before_point - whole.size(), '0');
  // Of 19 digits at most: an uint64 holds it.
  std::uint64_t magnitude = 0;
  std::from_chars(text.data(), text.data() + text.size(), magnitude);
  constexpr std::uint64_t limit = std::uint64_t{1} << 63;
  if (magnitude > limit || (magnitude == limit && !number.negative)) return std::nullopt;
  return static_cast<std::int64_t>(number.negative ? 0 - magnitude : magnitude);
}

std::optional<std::int64_t> to_int64(const Element& element, Fraction treatment) {
  if (const auto value = integer(element)) return value;
  if (!is_number(element.type())) return std::nullopt;
  return to_int64(write(element), treatment);
}

}  // namespace

bool is_number(Type type) {
  return type == Type::int32 || type == Type::int64 || type == Type::number_double ||
         type == Type::decimal128;
}

bool is_nan(const Element& number) {
  if (const auto value = number.as_double()) return std::isnan(*value);
  const auto value = number.as_decimal128();
  return value && (value->high >> 58 & 0x1f) == 0x1f;
}

std::strong_ordering compare_numbers(const Element& a, const Element& b) {
  if (a.type() == Type::decimal128 || b.type() == Type::decimal128) {
    return compare_written(write(a), write(b));
  }
  const auto a_integer = integer(a);
  const auto b_integer = integer(b);
  if (a_integer && b_integer) return *a_integer <=> *b_integer;
  if (a_integer) return compare_integer_to_double(*a_integer, b.as_double().value_or(0));
  if (b_integer) return reversed(compare_integer_to_double(*b_integer, a.as_double().value_or(0)));
  return compare_doubles(a.as_double().value_or(0), b.as_double().value_or(0));
}

std::optional<std::int64_t> exact_int64(const Element& element) {
  return to_int64(element, Fraction::refuse);
}

std::optional<std::int64_t> truncated_int64(const Element& element) {
  return to_int64(element, Fraction::cut);
}

}  // namespace mongotail::match

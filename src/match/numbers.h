#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "bson/view.h"

namespace mongotail::match {

/// int32, int64, double or decimal128.
bool is_number(bson::Type type);

/// A double or decimal128 that is not a number.
bool is_nan(const bson::Element& number);

/// By mathematical value across all four types, without rounding: the int64 2^53+1 is greater than
/// the double 2^53, and the decimal 0.1 differs from the double 0.1. As in the server, NaN equals
/// NaN and is less than all else, and -0 equals 0. Both must be numbers.
std::strong_ordering compare_numbers(const bson::Element& a, const bson::Element& b);

/// The number as an int64; nullopt if it is not a number, or has a fraction.
std::optional<std::int64_t> exact_int64(const bson::Element& element);

/// The same after its fraction was cut off, towards zero.
std::optional<std::int64_t> truncated_int64(const bson::Element& element);

}  // namespace mongotail::match

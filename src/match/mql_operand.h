#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/view.h"

namespace mongotail::match {

// Operands of single operators. Errors are Cause::usage and name the operator, which is the
// element's key.

/// "in the query, $in needs an array".
tl::unexpected<Error> bad_operand(std::string_view op, std::string_view why);

/// Of `$type`: an alias, a code, or an array of them.
Result<std::vector<bson::Type>> parse_types(const bson::Element& operand);

/// Of the bit tests: positions, a mask, or binary data.
Result<std::vector<std::uint32_t>> parse_bit_positions(const bson::Element& operand);

struct Modulus {
  std::int64_t divisor = 1;
  std::int64_t remainder = 0;
};

/// Of `$mod`: [divisor, remainder]; fractions are cut off.
Result<Modulus> parse_modulus(const bson::Element& operand);

/// Of `$size`: a whole number, not negative.
Result<std::int64_t> parse_size(const bson::Element& operand);

/// Of `$exists`, and of what else takes a truth value: as the server converts values to booleans.
bool is_true(const bson::Element& operand);

}  // namespace mongotail::match

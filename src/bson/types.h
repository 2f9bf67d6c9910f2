#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <limits>

namespace mongotail::bson {

/// The type bytes of BSON (bsonspec.org, version 1.1).
enum class Type : std::uint8_t {
  number_double = 0x01,
  string = 0x02,
  document = 0x03,
  array = 0x04,
  binary = 0x05,
  undefined = 0x06,
  object_id = 0x07,
  boolean = 0x08,
  date = 0x09,
  null = 0x0A,
  regex = 0x0B,
  db_pointer = 0x0C,
  code = 0x0D,
  symbol = 0x0E,
  code_with_scope = 0x0F,
  int32 = 0x10,
  timestamp = 0x11,
  int64 = 0x12,
  decimal128 = 0x13,
  min_key = 0xFF,
  max_key = 0x7F,
};

/// A BSON Timestamp: seconds since 1970, and an ordinal within the second. Ordered.
struct Timestamp {
  std::uint32_t seconds = 0;
  std::uint32_t ordinal = 0;

  auto operator<=>(const Timestamp&) const = default;
};

/// The timestamp right after `ts`: the next ordinal, else the next second's first. The last one
/// that there is has none, and is its own.
constexpr Timestamp next(Timestamp ts) {
  constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  if (ts.ordinal < last) return {ts.seconds, ts.ordinal + 1};
  return ts.seconds < last ? Timestamp{ts.seconds + 1, 0} : ts;
}

/// The timestamp right before `ts`. The first one, 0:0, has none, and is its own.
constexpr Timestamp previous(Timestamp ts) {
  if (ts.ordinal > 0) return {ts.seconds, ts.ordinal - 1};
  return ts.seconds > 0 ? Timestamp{ts.seconds - 1, std::numeric_limits<std::uint32_t>::max()} : ts;
}

struct ObjectId {
  std::array<std::uint8_t, 12> bytes{};

  auto operator<=>(const ObjectId&) const = default;
};

/// The two halves of an IEEE 754-2008 decimal128 in its BID encoding.
struct Decimal128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

}  // namespace mongotail::bson

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "bson/types.h"

namespace mongotail::oplog {

/// An entry's position in the oplog: its timestamp and the election term it was written in.
/// Ordered by term only within one ts; entries of one oplog are ordered by ts.
struct OpTime {
  /// The term of entries that have none, such as the set's first ("initiating set").
  static constexpr std::int64_t no_term = -1;

  bson::Timestamp ts;
  std::int64_t term = no_term;

  auto operator<=>(const OpTime&) const = default;
  /// What `prevOpTime` holds where there is nothing before: Timestamp(0, 0), term -1.
  bool is_null() const { return ts == bson::Timestamp{}; }
};

/// `SECS:ORD`.
std::string to_string(bson::Timestamp ts);
/// For people: with its time in UTC after it, `1795703553:12 (2026-11-26 15:52:33Z)`.
std::string with_time(bson::Timestamp ts);

/// Appends the place right after an entry, or right after the operation with that index inside it:
/// `SECS:ORD[@TERM][#INDEX]`, a cursor.
void append_cursor(const OpTime& optime, std::optional<std::int32_t> index, std::string& out);

}  // namespace mongotail::oplog

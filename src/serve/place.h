#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <tuple>

#include "oplog/operation.h"

namespace mongotail::serve {

/// A place in the stream of operations: right after an entry, or after one operation inside it.
/// What the command line calls a cursor.
struct Place {
  oplog::OpTime optime;
  /// `txnOpIndex` of an operation that others of its entry follow; else no_index.
  std::int32_t index = oplog::Operation::no_index;

  bool operator==(const Place&) const = default;
};

inline Place place_after(const oplog::Operation& operation) {
  return {operation.optime, operation.last ? oplog::Operation::no_index : operation.index};
}

/// Whether `a` comes before `b` in one oplog. The terms say nothing: they never fall along it.
inline bool comes_before(const Place& a, const Place& b) {
  // The end of an entry comes after every operation in it: as a large unsigned number.
  const auto key = [](const Place& place) {
    return std::tuple(place.optime.ts, static_cast<std::uint32_t>(place.index));
  };
  return key(a) < key(b);
}

/// How a place is written; the form belongs to the program's cursors.
using CursorText = std::function<std::string(const Place&)>;

}  // namespace mongotail::serve

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "oplog/operation.h"

namespace mongotail::resume {

/// A place in one oplog: right after an entry, or right after one operation inside it.
struct Cursor {
  oplog::OpTime optime;               ///< the term is no_term where it is not known
  std::optional<std::int32_t> index;  ///< `txnOpIndex` of the last operation that was dealt with

  bool operator==(const Cursor&) const = default;
};

/// Whether the operation lies past the cursor, in the same oplog.
bool is_after(const oplog::Operation& operation, const Cursor& cursor);

/// `SECS:ORD[@TERM][#INDEX]`.
std::string to_string(const Cursor& cursor);

/// Reads that form. Cause::usage otherwise.
Result<Cursor> parse_cursor(std::string_view text);

}  // namespace mongotail::resume

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "oplog/entry.h"

namespace mongotail::oplog {

/// What mongotail selects and prints: a plain entry, or one operation from inside an applyOps.
/// `entry.document` is exactly the document that the json and bson outputs hold. For an operation
/// from inside it is the inner document's own fields, then from the entry that committed it `ts`,
/// `t`, `v`, `wall`, `lsid`, `txnNumber` (where that has them and the inner document has not), then
/// `txnOpIndex`. Views are valid until the next call to whoever handed it out.
struct Operation {
  /// Of an operation that is an entry of its own.
  static constexpr std::int32_t no_index = -1;

  Entry entry;
  OpTime optime;                  ///< of the entry that committed it
  std::int32_t index = no_index;  ///< txnOpIndex, from 0
  bool last = true;               ///< no further operation has this optime
  bool transaction = false;       ///< part of a transaction (not of a batch or a hand-run applyOps)
  std::size_t source = 0;         ///< of a stream of several, which one it is from
};

/// Of the cursor that resumes right after the operation: its `txnOpIndex`, where others follow it.
inline std::optional<std::int32_t> cursor_index(const Operation& operation) {
  return operation.last ? std::nullopt : std::optional(operation.index);
}

}  // namespace mongotail::oplog

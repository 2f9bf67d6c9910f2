#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bson/view.h"

namespace mongotail::source {

/// The largest entry that is taken for one. Servers store documents of 16 MiB, entries a little
/// larger; this leaves room and still bounds what a damaged length can ask for.
inline constexpr std::size_t max_entry_bytes = 48u << 20;

/// What some bytes begin with.
struct EntryScan {
  enum class Found {
    entry,    ///< an intact document that has a `ts` and an `op`
    more,     ///< the bytes end before the document does
    damaged,  ///< anything else
  };
  Found found = Found::damaged;
  bson::Document document;  ///< of an entry
  bson::Timestamp ts;       ///< of an entry
  std::int64_t term = -1;   ///< of an entry; -1: none
  std::string_view op;      ///< of an entry
  std::string_view ns;      ///< of an entry
  bool unwound = false;     ///< of an entry: an operation with a `txnOpIndex`, not the entry itself
  bool skipped = false;     ///< of an entry: only its top level was read, nobody wants it
  std::size_t size = 0;     ///< of `more`: the bytes needed; of damage: the document's length where
                            ///< its begin and end are intact, else 0
  std::size_t offset = 0;   ///< of damage: where in the document
  std::string reason;       ///< of damage
  std::size_t examined = 0;  ///< of damage: the bytes that were looked at to find it
};

/// Whether entries with that `op` and `ns` are left out, unread inside.
using EntryFilter = std::function<bool(std::string_view op, std::string_view ns)>;

/// Reads all of the document that starts at `bytes`' begin, at every depth. `skipped` (may be
/// empty) is asked of all but commands, which may be of any namespace.
EntryScan scan_entry(bson::Bytes bytes, const EntryFilter& skipped = {});

/// Whether an entry may start here, by its first field alone: a cheap test before scan_entry().
/// `bytes` must hold at least entry_start_bytes, or all that is left.
bool may_start_entry(bson::Bytes bytes);
inline constexpr std::size_t entry_start_bytes = 32;

}  // namespace mongotail::source

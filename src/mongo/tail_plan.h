#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "base/connection_config.h"
#include "bson/builder.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// Start right after this very entry. It must still be in the oplog, with this term where the term
/// is known (not OpTime::no_term).
struct AfterEntry {
  oplog::OpTime optime;
  /// Start with the entry itself: some of its operations are still wanted.
  bool again = false;
};

/// Start at the first entry at or past this ts. The oplog must reach back that far.
struct FromTimestamp {
  bson::Timestamp ts;
  /// Start at the oldest entry, wherever that is.
  bool oldest = false;
};

using Start = std::variant<AfterEntry, FromTimestamp>;

inline bson::Timestamp start_ts(const Start& start) {
  if (const auto* after = std::get_if<AfterEntry>(&start)) return after->optime.ts;
  return std::get<FromTimestamp>(start).ts;
}

struct TailPlan {
  Start start;
  /// Inclusive; the stream ends once all up to here has been handed out and the oplog has reached
  /// it.
  std::optional<bson::Timestamp> last;
  bson::OwnedDocument filter;  ///< without `ts` bounds; empty: everything
  ReadConcern read_concern = ReadConcern::majority;
  /// Of a stream that others wait for: while idle, say how far the server's clock has got, several
  /// times a second.
  bool tell_clock = false;
  /// How many cursors read a filtered past at once, on one member.
  std::size_t jobs = 1;
  /// The entry at `start` is wanted: it is requested alone, before the server looks for more.
  bool begins_wanted = false;
  bool allow_gap = false;  ///< if history is lost: warn, and resume from the oldest entry
};

}  // namespace mongotail::mongo

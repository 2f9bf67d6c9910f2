#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/connection_config.h"
#include "base/result.h"
#include "bson/types.h"
#include "match/predicate.h"
#include "match/selection.h"
#include "oplog/moment.h"
#include "resume/cursor.h"

namespace mongotail::read {

/// Which operations of an oplog are wanted. A value: it may be kept, changed and asked again.
struct ReadRequest {
  match::Selection wish;  ///< what is requested
  /// What a server is to send, if not all that matters is wished for: the wish and more.
  std::optional<match::Selection> needed;
  std::optional<match::Selection> bound;  ///< what may be seen at all; none: everything

  /// To resume where an earlier read stopped, in place of `start` and `lines`. No entry has the
  /// ordinal 0: with that it is the first entry of that second, or the oldest of all at 0:0.
  std::optional<resume::Cursor> after;
  /// Inclusive. None: from now on; a saved oplog from its begin.
  std::optional<oplog::Moment> start;
  /// Exclusive. None: for ever, or as far as the oplog has got.
  std::optional<oplog::Moment> end;
  /// Inclusive, and in place of `end`, whose order with the start is not asked for then.
  std::optional<bson::Timestamp> last;
  /// The number of existing operations to begin with, from `start` on; 0 prints none.
  std::optional<std::uint64_t> lines;
  std::size_t jobs = 1;  ///< how many cursors may read the past at once, on each member
  bool follow = true;    ///< also what is not written yet

  bool one_of_several = false;  ///< other oplogs are merged with it
  bool hide_migrated = false;   ///< as SelectOptions::hide_migrated
  bool raw = false;             ///< entries as stored
  bool allow_gap = false;       ///< if history is lost, resume from the oldest entry
  bool skip_damaged = false;    ///< of a saved oplog
  ReadConcern read_concern = ReadConcern::majority;
};

/// What the request selects: its bound is asked first, then its wish. Cause::usage as from
/// Predicate::make.
Result<match::Predicate> predicate_of(const ReadRequest& request);

}  // namespace mongotail::read

#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "bson/builder.h"
#include "bson/types.h"
#include "cli/time_spec.h"
#include "match/predicate.h"
#include "mongo/tail_source.h"
#include "oplog/optime.h"
#include "oplog/source.h"

namespace mongotail::app {

/// The first ts that TIME stands for; `now` is right behind the newest entry.
bson::Timestamp timestamp_of(const cli::TimeSpec& time, oplog::OpTime newest);

/// The stream's begin for `--since`, given the newest entry that a majority holds.
mongo::Start start_for(const cli::TimeSpec& since, oplog::OpTime newest);

/// The last ts before `--until`, which is exclusive.
bson::Timestamp last_before(const cli::TimeSpec& until, oplog::OpTime newest);

/// Whether an entry can be in `[since, until)`, given the newest entry that a majority holds.
/// Cause::usage if none can.
Status check_window(const cli::TimeSpec& since, const cli::TimeSpec& until, oplog::OpTime newest);

/// The first ts at which an entry can be that comes after `start`, or is there.
bson::Timestamp first_ts(const mongo::Start& start);

/// Where the last so many matching operations begin.
struct LinesStart {
  mongo::Start start;
  std::uint64_t skip = 0;  ///< of the first entry's matching operations, so many come before them
};

struct LinesQuery {
  std::uint64_t lines = 0;
  bool raw = false;                      ///< counts entries, not operations
  std::optional<bson::Timestamp> first;  ///< not before this; none: as far back as the oplog goes
};

/// Counts backwards through `reversed`, newest entry first. `lookup` finds the earlier parts of the
/// transactions met on the way.
Result<LinesStart> find_lines_start(oplog::Source& reversed, oplog::EntryLookup& lookup,
                                    const match::Predicate& predicate, const LinesQuery& query);

}  // namespace mongotail::app

#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "bson/types.h"
#include "match/predicate.h"
#include "mongo/tail_plan.h"
#include "oplog/source.h"

namespace mongotail::read {

/// Where the last N matching operations begin.
struct LinesStart {
  mongo::FromTimestamp start;
  std::uint64_t skip = 0;  ///< of the first entry's matching operations, the number before them
};

struct LinesQuery {
  std::uint64_t lines = 0;
  bool raw = false;                      ///< counts entries, not operations
  std::optional<bson::Timestamp> first;  ///< not before this; none: as far back as the oplog goes
  bool hide_migrated = false;            ///< as SelectOptions::hide_migrated
};

/// Counts backwards through `reversed`, newest entry first. `lookup` finds the earlier parts of the
/// transactions met on the way.
Result<LinesStart> find_lines_start(oplog::Source& reversed, oplog::EntryLookup& lookup,
                                    const match::Predicate& predicate, const LinesQuery& query);

}  // namespace mongotail::read

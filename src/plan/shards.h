#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "match/predicate.h"
#include "mongo/cluster.h"
#include "oplog/source.h"
#include "read/selector.h"
#include "resume/cursor.h"

namespace mongotail::plan {

/// One of several sources, open and planned.
struct OpenSource {
  std::string name;
  std::size_t number = 0;  ///< of a live one: in the order in which they were opened
  std::unique_ptr<oplog::Source> source;
  oplog::EntryLookup* lookup;
  read::SelectOptions select;
  bool may_roll_back = false;
  bool ends = false;  ///< its end is known
  /// Its position before its first entry.
  std::optional<resume::Cursor> position;
  /// That may turn out to be no longer there: it is not to be saved before something has come.
  bool may_be_lost = false;
  std::optional<bson::Timestamp> newest;  ///< it had entries up to there when it was opened
};

/// The shards of a cluster that is followed. One thread at a time may call.
class Shards {
 public:
  virtual ~Shards() = default;

  /// Those that the cluster has now. Errors as of mongo::shards_of().
  virtual Result<std::vector<mongo::Shard>> shards_now() = 0;
  /// One that was added, to be read from where the run began.
  virtual Result<OpenSource> open_new_shard(const mongo::Shard& shard,
                                            const match::Predicate& predicate) = 0;
  /// The newest entry of the source of that number.
  virtual Result<bson::Timestamp> newest_of(std::size_t source) = 0;
  /// Ends the reading of that source.
  virtual std::stop_source stop_of(std::size_t source) const = 0;
};

}  // namespace mongotail::plan

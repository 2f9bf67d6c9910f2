#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "bson/builder.h"
#include "match/predicate.h"
#include "mongo/reverse_source.h"
#include "mongo/tail_plan.h"
#include "oplog/source.h"
#include "read/request.h"
#include "read/selector.h"
#include "read/window.h"
#include "resume/cursor.h"

namespace mongotail::read {

/// What a server says of its oplog before a read of it is planned.
struct ServerFacts {
  oplog::OpTime newest;  ///< of the newest entry that a majority holds
  /// False if the server runs with majority reads turned off: only local reads work there.
  bool majority_reads = true;
};

/// A plan's way to what the oplog holds already.
class Backwards {
 public:
  virtual ~Backwards() = default;
  /// The entries up to `plan.last`, newest first.
  virtual std::unique_ptr<oplog::Source> open(mongo::ReversePlan plan) = 0;
  virtual oplog::EntryLookup& lookup() = 0;
};

/// How a request is read from one oplog: what the source hands out, and what is selected of it.
struct ReadPlan {
  mongo::TailPlan tail;
  SelectOptions select;
  oplog::OpTime newest;  ///< of the facts that it was made with
  /// The read's position before its first entry; none if only its source finds that out.
  std::optional<resume::Cursor> position;
  /// What is read may be rolled back later.
  bool may_roll_back = false;
};

/// What the server is asked to filter: it may send too much, never too little. Cause::usage where
/// the selection can't be understood.
Result<bson::OwnedDocument> filter_of(const ReadRequest& request);

/// With what the server can do.
ReadConcern read_concern_of(const ReadRequest& request, const ServerFacts& facts);

/// Whether `filter`, of the same request, has the server send all but what is always hidden.
bool wants_nearly_all(const ReadRequest& request, const bson::OwnedDocument& filter);

/// `predicate` and `filter`: of the same request. Asks `backwards` where lines are to be counted.
/// Cause::usage where nothing can be between start and end; else what `backwards` answers.
Result<ReadPlan> make_plan(const ReadRequest& request, const match::Predicate& predicate,
                           bson::OwnedDocument filter, const ServerFacts& facts,
                           Backwards& backwards);

/// Of a saved oplog. `lines` does not apply: a file can't be read backwards.
SelectOptions select_saved(const ReadRequest& request);

/// The first ts at which an entry can be that comes after `start`, or is there.
bson::Timestamp first_ts(const mongo::Start& start);

}  // namespace mongotail::read

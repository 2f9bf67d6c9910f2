#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/reporter.h"
#include "base/result.h"
#include "mongo/oplog_reader.h"
#include "mongo/patience.h"
#include "mongo/resume_verdict.h"
#include "mongo/tail_plan.h"
#include "mongo/trail.h"

namespace mongotail::mongo {

/// What a member's oplog says of the place where a stream is to resume there.
enum class Resumption {
  exact,        ///< continue: nothing is lost, nothing is repeated
  behind,       ///< wait: the member has not got so far yet
  elsewhere,    ///< leave the member
  rolled_back,  ///< the set has another history: the place has moved back, to start()
};

/// The place up to which a stream has handed out everything, and whether it is still in the oplog
/// of the member that is to be read from there.
class ResumePoint {
 public:
  /// What is referred to must outlive this object.
  ResumePoint(OplogSet& set, const TailPlan& plan, Patience patience, Reporter& reporter);

  /// Where the next read begins.
  const Start& start() const { return start_; }
  bson::Timestamp ts() const { return mongo::start_ts(start_); }

  /// Everything up to there has been handed out.
  void advance(oplog::OpTime place);
  /// Likewise, up to the last of these, which must not be empty.
  Status advance(std::span<const bson::Document> entries);

  /// Call it once a read that begins at start() is open: what is found then can't have been cut off
  /// before. Asks nothing more once it was exact, until reopened().
  /// Cause::history_lost, Cause::rolled_back: the stream can't be resumed exactly.
  Result<Resumption> verify(OplogReader& reader);
  bool verified() const { return verified_; }
  void reopened() { verified_ = false; }

  /// After Resumption::elsewhere: the member to read instead; nullptr: any.
  std::unique_ptr<OplogReader> take_other() { return std::move(other_); }

  /// Whether another member has the entry to start after; then take_other() has it.
  bool find_elsewhere(OplogReader& reader);

 private:
  Result<Resumption> verify_entry(OplogReader& reader, AfterEntry entry);
  Result<Resumption> verify_reach(OplogReader& reader, bson::Timestamp ts);
  Result<Resumption> missing(OplogReader& reader, oplog::OpTime after, Verdict verdict);
  Result<Resumption> roll_back(OplogReader& reader, oplog::OpTime after);
  Result<Resumption> go_back_further(OplogReader& reader, oplog::OpTime after);
  tl::unexpected<Error> no_such_entry(const OplogReader& reader, oplog::OpTime after) const;
  Result<Resumption> gap(OplogReader& reader, bson::Timestamp from, bson::Timestamp oldest);
  Resumption exact();

  OplogSet& set_;
  const TailPlan& plan_;
  Patience patience_;
  Reporter& reporter_;

  Start start_;
  bool verified_ = false;
  Trail trail_;  // empty until this run has seen an entry of its own
  std::unique_ptr<OplogReader> other_;
  std::optional<std::chrono::steady_clock::time_point> gap_since_;
};

}  // namespace mongotail::mongo

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <variant>

#include "base/connection_config.h"
#include "base/reporter.h"
#include "bson/builder.h"
#include "mongo/connection.h"
#include "oplog/source.h"

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

struct TailPlan {
  Start start;
  /// Inclusive; the stream ends once all up to here has been handed out and the oplog has reached
  /// it.
  std::optional<bson::Timestamp> last;
  bson::OwnedDocument filter;  ///< without `ts` bounds; empty: everything
  ReadConcern read_concern = ReadConcern::majority;
  bool allow_gap = false;  ///< where history is lost: warn, and go on from the oldest entry
};

/// The oplog of one replica set as a stream. Outlives lost connections, failovers and killed
/// cursors: it reconnects with back-off, and goes on right after the last entry it handed out,
/// having found that very entry again. Where that entry was rolled back it
/// goes on from the newest one that was not, and says so in the batch.
///
/// next() fails with Cause::history_lost or Cause::rolled_back where it can't go on exactly. A
/// server that can't be reached is tried for ever: whether it is there at all, oplog_info() tells.
class TailSource final : public oplog::Source {
 public:
  /// `connection` and `reporter` must outlive this object. A stop request ends back-off and the
  /// stream; a call into libmongoc that waits is not woken by it.
  TailSource(Connection& connection, TailPlan plan, Reporter& reporter, std::stop_token stop);
  ~TailSource() override;

  Result<std::optional<oplog::Batch>> next() override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::mongo

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/reporter.h"
#include "oplog/source.h"
#include "oplog/txn_unwind.h"
#include "read/selector.h"
#include "state/history.h"
#include "state/subject.h"

namespace mongotail::state {

/// A stream of one document's operations, unwound. Each has the document as it is after it in the
/// last fields, `state` (null: there is none) and, if not all is known, `stateUnknown`, a list of
/// paths.
class StateSource final : public oplog::Source {
 public:
  /// `lookup` and `reporter` must outlive the source. Of `options` those count that say which lost
  /// parts are tolerated, and up to where operations are followed, not handed out (`resume_after`).
  StateSource(std::unique_ptr<oplog::Source> entries, oplog::EntryLookup& lookup,
              state::Subject subject, state::Tracker tracker, read::SelectOptions options,
              Reporter& reporter);

  Result<std::optional<oplog::Batch>> next() override;

 private:
  using Documents = std::deque<bson::OwnedDocument>;

  Status take(oplog::Batch& out, Documents& documents);
  Status tolerate(const Error& error);
  void hand_out(const oplog::Operation& operation, bool with_state, oplog::Batch& out,
                Documents& documents);
  bson::OwnedDocument with_state(bson::Document operation) const;

  std::unique_ptr<oplog::Source> source_;
  state::Subject subject_;
  state::Tracker tracker_;
  read::SelectOptions options_;
  Reporter& reporter_;
  oplog::TxnUnwind unwind_;
  std::optional<oplog::Batch> batch_;  // what of it is left to be taken
  std::size_t taken_ = 0;              // of its entries
  bool inside_ = false;                // an entry that has more operations
  oplog::Entry entry_;                 // the one that is taken
  std::size_t bytes_ = 0;              // handed out together
};

/// Calls `see` with what happens to the document in all entries of the source. A transaction of
/// which parts are lost, and that may be lost, may have done anything: Event::renewed.
Status for_each_event(oplog::Source& entries, oplog::EntryLookup& lookup,
                      const state::Subject& subject, const read::SelectOptions& options,
                      const std::function<void(state::Event, const oplog::Operation&)>& see);

}  // namespace mongotail::state

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/reporter.h"
#include "oplog/source.h"
#include "oplog/txn_unwind.h"
#include "resume/cursor.h"
#include "state/history.h"
#include "state/subject.h"

namespace mongotail::app {

/// How operations are taken from entries.
struct UnwindOptions {
  /// A transaction whose earlier parts are gone is a warning, not the end.
  bool tolerate_lost_parts = false;
  /// So is one whose earlier parts were rolled back.
  bool tolerate_rolled_back_parts = false;
};

/// A stream of one document's operations, unwound. Each has the document as it is after it in the
/// last fields, `state` (null: there is none) and, if not all is known, `stateUnknown`, a list of
/// paths.
class StateSource final : public oplog::Source {
 public:
  struct Options {
    UnwindOptions unwind;
    /// Operations up to here are followed, not handed out.
    std::optional<resume::Cursor> resume_after;
  };

  /// `lookup` and `reporter` must outlive the source.
  StateSource(std::unique_ptr<oplog::Source> entries, oplog::EntryLookup& lookup,
              state::Subject subject, state::Tracker tracker, Options options, Reporter& reporter);

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
  Options options_;
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
                      const state::Subject& subject, UnwindOptions options,
                      const std::function<void(state::Event, const oplog::Operation&)>& see);

}  // namespace mongotail::app

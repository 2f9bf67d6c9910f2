#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/reporter.h"
#include "match/predicate.h"
#include "oplog/source.h"
#include "read/selector.h"
#include "resume/cursor.h"
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
  StateSource(std::unique_ptr<oplog::Source> entries, oplog::EntryLookup& lookup, Subject subject,
              Tracker tracker, const read::SelectOptions& options, Reporter& reporter);

  Result<std::optional<oplog::Batch>> next() override;

 private:
  using Documents = std::deque<bson::OwnedDocument>;

  Result<bool> take(oplog::Batch& out, Documents& documents);
  void take_operation(const oplog::Operation& operation, oplog::Batch& out, Documents& documents);
  void hand_out(const oplog::Operation& operation, bool with_state, oplog::Batch& out,
                Documents& documents);
  bson::OwnedDocument with_state(bson::Document operation) const;

  std::unique_ptr<oplog::Source> source_;
  Subject subject_;
  Tracker tracker_;
  std::optional<resume::Cursor> resume_after_;
  match::Predicate everything_;
  read::Selector selector_;
  std::optional<oplog::Batch> batch_;  // what of it is left to be taken
  std::size_t bytes_ = 0;              // handed out together
};

/// Calls `see` with what happens to the document in all entries of the source. An entry that
/// lost operations, as `options` tolerate it, may have done anything: Event::renewed.
Status for_each_event(oplog::Source& entries, oplog::EntryLookup& lookup, const Subject& subject,
                      const read::SelectOptions& options,
                      const std::function<void(Event, const oplog::Operation&)>& see);

}  // namespace mongotail::state

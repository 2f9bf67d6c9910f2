#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/reporter.h"
#include "base/result.h"
#include "match/effort.h"
#include "match/predicate.h"
#include "oplog/operation.h"
#include "oplog/source.h"
#include "oplog/txn_unwind.h"
#include "resume/cursor.h"

namespace mongotail::read {

struct SelectOptions {
  bool raw = false;        ///< entries as stored, in place of operations
  std::uint64_t skip = 0;  ///< of the matches, the number before what is wanted
  /// Operations up to here were dealt with by an earlier run, should they come again. Holds until
  /// something is rolled back.
  std::optional<resume::Cursor> resume_after;
  /// A transaction whose earlier parts the oplog no longer has loses its operations, not the read.
  bool tolerate_lost_parts = false;
  /// Likewise one whose earlier parts were rolled back.
  bool tolerate_rolled_back_parts = false;
  /// So does what is damaged inside an entry from a file.
  bool skip_damaged = false;
  /// What moves documents within a sharded cluster copies and deletes is not wanted.
  bool hide_migrated = false;
  /// Memory for open transactions' parts.
  std::size_t kept_bytes = oplog::TxnUnwind::default_kept_bytes;
  /// Processor time for one operation.
  match::Effort::Duration longest_evaluation = match::Predicate::longest_evaluation;
};

/// Whether a transaction that can't be put together, for that cause, is done without.
bool is_tolerated(Cause cause, const SelectOptions& options);

/// What comes next of a batch.
struct Step {
  enum class Kind {
    wanted,     ///< `operation` is selected
    skipped,    ///< `operation` matches, and is among those before what is wanted
    unwanted,   ///< `operation` does not match, or was dealt with
    entry_end,  ///< all operations of an entry have come
  };

  Kind kind = Kind::entry_end;
  oplog::Operation operation;        ///< valid until the next call of the selector
  match::Effort::Duration effort{};  ///< that matching `operation` took, as Effort::used()

  /// Of entry_end: the entry, all of which has been dealt with. None if somebody else has
  /// unwound it: nobody knows then what comes with the next batch.
  std::optional<oplog::OpTime> passed;
  /// Of entry_end: what is tolerated has cost the entry operations, those that came aside.
  bool cut_short = false;
};

/// From entries to wanted operations: unwinding, what is tolerated, what was dealt with, matching,
/// skipping. One for each stream.
///
///     selector.take(batch);
///     while (selector.next(step)) …
class Selector {
 public:
  /// All must outlive the object. Without `reporter` nothing is said of what is left out.
  Selector(const match::Predicate& predicate, oplog::EntryLookup& lookup, SelectOptions options,
           Reporter* reporter = nullptr);

  /// Goes on with `batch`, which must stay until next() has returned false or an error. What has
  /// not come yet of the one before is dropped.
  void take(const oplog::Batch& batch);

  /// False at the end of the batch. Errors as from Entry::parse, TxnUnwind and Predicate::matches,
  /// unless they are tolerated; the batch is then done with. Damage is said with its place in the
  /// file.
  Result<bool> next(Step& step);

  /// No more is wanted of the entry that has not ended: says what of it could not be read so far.
  void leave_entry() const;

 private:
  Result<bool> open(Step& step);
  Result<bool> next_inside(Step& step);
  Result<bool> judge(Step& step);
  Result<bool> end_entry(Step& step, bool cut_short);
  Result<bool> tolerate(Error error, Step& step);
  std::string place_of_entry() const;

  const match::Predicate& predicate_;
  SelectOptions options_;
  Reporter* reporter_;
  oplog::TxnUnwind unwind_;
  const oplog::Batch* batch_ = nullptr;
  std::size_t index_ = 0;  // of the batch's entry
  oplog::OpTime optime_;   // of the same
  bool printed_ = false;   // the same is an operation that was unwound when it was printed
  enum class At {
    begin,   // of the entry
    inside,  // its operations come from unwind_
    end,
  } at_ = At::begin;
};

}  // namespace mongotail::read

#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "match/effort.h"
#include "match/selection.h"
#include "oplog/entry.h"

namespace mongotail::match {

/// Decides which operations are shown: a Selection, understood and checked. Not thread-safe: one
/// thread at a time may ask one object.
class Predicate {
 public:
  /// Cause::usage where a pattern, a path or the query can't be understood.
  static Result<Predicate> make(const Selection& selection);
  /// Only what `bound` selects as well, which is asked first: what may be seen at all, before what
  /// is wished for. An error says nothing of an entry that may not be seen.
  static Result<Predicate> make(const Selection& selection, const Selection& bound);
  ~Predicate();
  Predicate(Predicate&&) noexcept;
  Predicate& operator=(Predicate&&) noexcept;

  /// Processor time for one entry. Queries of everyday use take microseconds.
  static constexpr Effort::Duration longest_evaluation = std::chrono::seconds(5);

  /// For an operation as it comes from the unwinding of transactions. Damage within the entry's
  /// values reads as fields that are not there. Cause::too_costly, naming the query, if it can't be
  /// decided with that effort.
  Result<bool> matches(const oplog::Entry& operation, Effort& effort) const;
  /// With longest_evaluation.
  Result<bool> matches(const oplog::Entry& operation) const;

  /// Whether nothing with that `op` and `ns` matches, stored or as an operation, whatever else it
  /// holds. Of commands it says nothing: false. Any thread may ask.
  bool rules_out(std::string_view op, std::string_view ns) const;

  /// Whether an operation that matches does so because `ns` names a time-series collection whose
  /// buckets it is on.
  bool matches_time_series(const oplog::Entry& operation) const;

  /// For an entry as the oplog stores it (`--raw`): whether it, or an operation inside its applyOps
  /// at any depth, is selected. An applyOps is judged by itself, as a command, only where no `ns`
  /// patterns are given, and then is hidden if all operations inside are in hidden namespaces. What
  /// lies inside is judged with the `ts`, `t`, `v`, `wall`, `lsid` and `txnNumber` of the entry.
  /// Cause::too_costly as from matches().
  Result<bool> matches_stored(const oplog::Entry& entry) const;

 private:
  class Parts;
  explicit Predicate(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> bound_;  // may be null
  std::unique_ptr<const Parts> parts_;
};

}  // namespace mongotail::match

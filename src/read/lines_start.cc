#include "read/lines_start.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "read/selector.h"

namespace mongotail::read {
namespace {

// Up to the first entry that is before `first`: the newest come first.
oplog::Batch not_before(oplog::Batch batch, std::optional<bson::Timestamp> first) {
  const auto too_old = [first](const bson::Document& entry) {
    const auto ts = entry.find("ts");
    return first &&
           (ts ? ts->as_timestamp().value_or(bson::Timestamp{}) : bson::Timestamp{}) < *first;
  };
  batch.entries.erase(std::find_if(batch.entries.begin(), batch.entries.end(), too_old),
                      batch.entries.end());
  return batch;
}

/// Counts backwards until there are enough.
class BackwardCount {
 public:
  BackwardCount(const match::Predicate& predicate, oplog::EntryLookup& lookup,
                const LinesQuery& query)
      : lines_(query.lines), selector_(predicate, lookup, options_of(query)) {}

  /// The entry with the first of the lines, once it has come.
  Result<std::optional<LinesStart>> take(const oplog::Batch& batch) {
    selector_.take(batch);
    std::uint64_t in_entry = 0;
    Step step;
    for (;;) {
      const auto more = selector_.next(step);
      if (!more) return fail(more.error());
      if (!*more) return std::nullopt;
      if (step.kind == Step::Kind::wanted) ++in_entry;
      if (step.kind != Step::Kind::entry_end) continue;
      if (!step.cut_short) found_ += in_entry;
      in_entry = 0;
      if (found_ < lines_) continue;
      return LinesStart{mongo::FromTimestamp{step.passed->ts, false}, found_ - lines_};
    }
  }

 private:
  static SelectOptions options_of(const LinesQuery& query) {
    SelectOptions options;
    options.raw = query.raw;
    options.hide_migrated = query.hide_migrated;
    // A transaction whose begin the oplog no longer has is left for the forward run to report.
    options.tolerate_lost_parts = options.tolerate_rolled_back_parts = true;
    // Going backwards a transaction's end comes before its parts: they are read by the lookup.
    options.kept_bytes = 0;
    return options;
  }

  std::uint64_t lines_;
  std::uint64_t found_ = 0;
  Selector selector_;
};

}  // namespace

Result<LinesStart> find_lines_start(oplog::Source& reversed, oplog::EntryLookup& lookup,
                                    const match::Predicate& predicate, const LinesQuery& query) {
  BackwardCount count(predicate, lookup, query);
  for (;;) {
    auto batch = reversed.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    const std::size_t entries = (*batch)->entries.size();
    const oplog::Batch wanted = not_before(**std::move(batch), query.first);
    const auto start = count.take(wanted);
    if (!start) return fail(start.error());
    if (*start) return **start;
    if (wanted.entries.size() < entries) break;
  }
  if (query.first) return LinesStart{mongo::FromTimestamp{*query.first, false}, 0};
  return LinesStart{mongo::FromTimestamp{{}, true}, 0};
}

}  // namespace mongotail::read

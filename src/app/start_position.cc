#include "app/start_position.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "oplog/txn_unwind.h"

namespace mongotail::app {
namespace {

using oplog::OpTime;

Result<std::uint64_t> count_matches(const bson::Document& document, oplog::TxnUnwind& unwind,
                                    const match::Predicate& predicate, bool raw) {
  const auto entry = oplog::Entry::parse(document);
  if (!entry) return fail(entry.error());
  if (raw) {
    return predicate.matches_stored(*entry).map([](bool wanted) { return wanted ? 1u : 0u; });
  }
  // A transaction whose begin the oplog no longer has is left for the forward run to report.
  const auto nothing_if_lost = [](const Error& error) -> Result<std::uint64_t> {
    if (error.cause == Cause::history_lost || error.cause == Cause::rolled_back) return 0u;
    return fail(error);
  };
  if (const auto status = unwind.feed(*entry); !status) return nothing_if_lost(status.error());
  std::uint64_t count = 0;
  oplog::Operation operation;
  for (;;) {
    const auto more = unwind.next(operation);
    if (!more) return nothing_if_lost(more.error());
    if (!*more) return count;
    const auto wanted = predicate.matches(operation.entry);
    if (!wanted) return fail(wanted.error());
    count += *wanted ? 1u : 0u;
  }
}

}  // namespace

bson::Timestamp timestamp_of(const cli::TimeSpec& time, OpTime newest) {
  if (std::holds_alternative<cli::Now>(time)) return next(newest.ts);
  if (const auto* back = std::get_if<cli::BeforeNewest>(&time)) {
    const auto distance = back->distance.count();
    return {distance >= newest.ts.seconds
                ? 0
                : newest.ts.seconds - static_cast<std::uint32_t>(distance),
            0};
  }
  if (const auto* at = std::get_if<cli::At>(&time)) return at->ts;
  return {};
}

Status check_window(const cli::TimeSpec& since, const cli::TimeSpec& until, OpTime newest) {
  const bson::Timestamp first = timestamp_of(since, newest);
  const bson::Timestamp end = timestamp_of(until, newest);
  if (first < end) return {};
  const bool from_now = std::holds_alternative<cli::Now>(since);
  return fail(Cause::usage,
              fmt::format("nothing can be between the start, {}{}, and --until, {}",
                          oplog::to_string(first), from_now ? " (now)" : "", oplog::to_string(end)),
              from_now ? "give a start before it with --since, --since oldest for the whole oplog"
                       : "give an earlier --since or a later --until");
}

bson::Timestamp first_ts(const mongo::Start& start) {
  if (const auto* from = std::get_if<mongo::FromTimestamp>(&start)) return from->ts;
  return next(std::get<mongo::AfterEntry>(start).optime.ts);
}

mongo::Start start_for(const cli::TimeSpec& since, OpTime newest) {
  if (std::holds_alternative<cli::Now>(since)) return mongo::AfterEntry{newest};
  if (std::holds_alternative<cli::Oldest>(since)) return mongo::FromTimestamp{{}, true};
  return mongo::FromTimestamp{timestamp_of(since, newest), false};
}

bson::Timestamp last_before(const cli::TimeSpec& until, OpTime newest) {
  return previous(timestamp_of(until, newest));
}

Result<LinesStart> find_lines_start(oplog::Source& reversed, oplog::EntryLookup& lookup,
                                    const match::Predicate& predicate, const LinesQuery& query) {
  // Going backwards a transaction's end comes before its parts: they are read by the lookup.
  oplog::TxnUnwind unwind(lookup, 0);
  std::uint64_t found = 0;
  for (;;) {
    const auto batch = reversed.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    for (const bson::Document& document : (*batch)->entries) {
      const auto ts = document.find("ts");
      const auto at = ts ? ts->as_timestamp().value_or(bson::Timestamp{}) : bson::Timestamp{};
      if (query.first && at < *query.first) {
        return LinesStart{mongo::FromTimestamp{*query.first, false}, 0};
      }
      const auto count = count_matches(document, unwind, predicate, query.raw);
      if (!count) return fail(count.error());
      found += *count;
      if (found >= query.lines) {
        return LinesStart{mongo::FromTimestamp{at, false}, found - query.lines};
      }
    }
  }
  if (query.first) return LinesStart{mongo::FromTimestamp{*query.first, false}, 0};
  return LinesStart{mongo::FromTimestamp{{}, true}, 0};
}

}  // namespace mongotail::app

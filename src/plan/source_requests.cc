#include "plan/source_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "read/window.h"

namespace mongotail::plan {
namespace {

// So long before it crashed a run may not have seen a shard that was added; ShardWatch looks
// oftener.
constexpr std::uint32_t seconds_unseen = 60;

/// Counted back from the newest entry of all.
std::optional<oplog::Moment> fixed(const std::optional<oplog::Moment>& moment,
                                   oplog::OpTime newest) {
  if (!moment || !std::holds_alternative<oplog::BeforeNewest>(*moment)) return moment;
  return oplog::At{read::timestamp_of(*moment, newest)};
}

}  // namespace

SourceRequests::SourceRequests(read::ReadRequest all, Of of, resume::Cursors cursors,
                               std::vector<std::string> names)
    : all_(std::move(all)), of_(of), cursors_(std::move(cursors)), names_(std::move(names)) {}

SourceRequests::One SourceRequests::of(const std::string& name, oplog::OpTime newest,
                                       const std::optional<Joined>& joined) const {
  One one{all_, std::nullopt, std::nullopt};
  const bool resumes = !cursors_.empty();
  const auto cursor = std::ranges::find(cursors_, name, &resume::NamedCursor::source);
  if (cursor != cursors_.end()) {
    one.request.after = cursor->cursor;
  } else if (resumes && of_ == Of::shards) {
    start_shard(name, joined, one);
  } else if (resumes && of_ == Of::sets) {
    const bson::Timestamp first = start_without_cursor();
    one.request.start = oplog::At{first};
    one.doubt = fmt::format("there is no cursor of {}: it is read from {} on", name,
                            oplog::with_time(first));
  } else if (resumes) {
    one.doubt =
        fmt::format("there is no cursor of {}: its earlier operations may be missing", name);
  }
  if (resumes) one.request.lines = std::nullopt;
  one.request.start = fixed(one.request.start, newest);
  one.request.end = fixed(one.request.end, newest);
  one.request.one_of_several = true;
  return one;
}

// Nothing of it had come when the others stood there. One that was added since has no history
// before that; of one that was there, nobody knows what had been read.
void SourceRequests::start_shard(const std::string& name, const std::optional<Joined>& joined,
                                 One& one) const {
  const bson::Timestamp first = start_without_cursor();
  one.request.start = oplog::At{first};
  if (!joined) return;
  if (joined->added >= first) {
    // What it wrote as a shard must still be there.
    one.request.start = oplog::At{std::min(joined->oldest, joined->added)};
    return;
  }
  Error lost{Cause::history_lost,
             fmt::format("there is no cursor of the shard {}, which was in the cluster before the "
                         "others' cursors: its history may be missing",
                         name),
             fmt::format("add --allow-gap to read it from {} on, or start anew with another cursor "
                         "file",
                         oplog::with_time(first))};
  if (one.request.allow_gap) {
    one.doubt = fmt::format("{}; it is read from {} on", lost.what, oplog::with_time(first));
  } else {
    one.gap = std::move(lost);
  }
}

// Where the sources stood of which there is a cursor; shards that are gone by now say nothing. A
// shard that was added shortly before may have written before that, unseen.
bson::Timestamp SourceRequests::start_without_cursor() const {
  std::optional<bson::Timestamp> first;
  for (const bool any : {false, true}) {
    for (const auto& [source, cursor] : cursors_) {
      if (!any && std::ranges::find(names_, source) == names_.end()) continue;
      first = std::min(first.value_or(cursor.optime.ts), cursor.optime.ts);
    }
    if (first) break;
  }
  if (of_ == Of::sets) return *first;
  return {first->seconds - std::min(first->seconds, seconds_unseen), 0};
}

// No entry has the ordinal 0.
std::optional<resume::Cursor> cursor_before(bson::Timestamp ts) {
  if (ts.ordinal > 1) return std::nullopt;
  return resume::Cursor{{{ts.seconds, 0}, oplog::OpTime::no_term}, std::nullopt};
}

std::optional<resume::Cursor> cursor_before(const mongo::Start& start) {
  const auto* from = std::get_if<mongo::FromTimestamp>(&start);
  if (from == nullptr) return std::nullopt;
  return cursor_before(from->oldest ? bson::Timestamp{} : from->ts);
}

bson::Timestamp begin_of(const read::ReadRequest& request) {
  const auto* at = request.start ? std::get_if<oplog::At>(&*request.start) : nullptr;
  return at == nullptr ? bson::Timestamp{} : at->ts;
}

}  // namespace mongotail::plan

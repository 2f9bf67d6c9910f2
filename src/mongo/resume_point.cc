#include "mongo/resume_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mongo/resume_facts.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using Clock = std::chrono::steady_clock;

// How much is read again where nobody knows what an earlier run had read before a lost entry. A
// primary that nobody copies from writes on alone for some seconds, with its own cause for minutes.
constexpr std::uint32_t seconds_read_again = 3600;

std::string to_string(OpTime optime) {
  const std::string ts = oplog::with_time(optime.ts);
  return optime.term == OpTime::no_term ? ts : fmt::format("{} of term {}", ts, optime.term);
}

Result<OpTime> optime_of(bson::Document document) {
  const auto entry = oplog::Entry::parse(document);
  if (!entry) return fail(entry.error());
  return entry->optime;
}

bool reaches_back_to(const OldestEntry& oldest, bson::Timestamp ts) {
  return oldest.optime.ts <= ts || oldest.set_begins;
}

struct Wider {
  std::unique_ptr<OplogReader> member;  // nullptr: nobody
  bool all_answered;
};

// Another member whose oplog reaches back to `start`. That a set begins later is enough for a time,
// but not for an entry: no member has one from before the set's first.
Wider member_reaching_back_to(OplogSet& set, const OplogReader& reader, const Start& start) {
  const auto reaches_back = [&start](const OldestEntry& oldest) {
    if (const auto* after = std::get_if<AfterEntry>(&start))
      return oldest.optime.ts <= after->optime.ts;
    return reaches_back_to(oldest, std::get<FromTimestamp>(start).ts);
  };
  auto others = set.others_than(reader.server_id());
  for (auto& other : others.members) {
    const auto oldest = other->oldest();
    if (!oldest) others.all_answered = false;
    if (oldest && *oldest && reaches_back(**oldest)) return {std::move(other), true};
  }
  return {nullptr, others.all_answered};
}

}  // namespace

ResumePoint::ResumePoint(OplogSet& set, const TailPlan& plan, Patience patience, Reporter& reporter)
    : set_(set), plan_(plan), patience_(patience), reporter_(reporter), start_(plan.start) {}

void ResumePoint::advance(OpTime place) {
  start_ = AfterEntry{place};
  trail_.add(place);
}

Status ResumePoint::advance(std::span<const bson::Document> entries) {
  const auto first = optime_of(entries.front());
  const auto last = optime_of(entries.back());
  if (!first) return fail(first.error());
  if (!last) return fail(last.error());
  // The last one of each term counts; nearly always there is but one term.
  for (std::size_t i = 0; first->term != last->term && i + 1 < entries.size(); ++i) {
    const auto place = optime_of(entries[i]);
    if (!place) return fail(place.error());
    trail_.add(*place);
  }
  advance(*last);
  return {};
}

Resumption ResumePoint::exact() {
  verified_ = true;
  gap_since_ = std::nullopt;
  return Resumption::exact;
}

Result<Resumption> ResumePoint::verify(OplogReader& reader) {
  if (verified_) return Resumption::exact;
  if (const auto* after = std::get_if<AfterEntry>(&start_)) return verify_entry(reader, *after);
  const auto& from = std::get<FromTimestamp>(start_);
  return from.oldest ? exact() : verify_reach(reader, from.ts);
}

Result<Resumption> ResumePoint::verify_reach(OplogReader& reader, bson::Timestamp ts) {
  const auto oldest = reader.oldest();
  if (!oldest) return fail(oldest.error());
  if (!*oldest || reaches_back_to(**oldest, ts)) return exact();
  return gap(reader, ts, (*oldest)->optime.ts);
}

Result<Resumption> ResumePoint::verify_entry(OplogReader& reader, AfterEntry entry) {
  const auto [after, again] = entry;
  const auto facts = resume_facts(reader, after.ts, plan_.read_concern);
  if (!facts) return fail(facts.error());
  switch (judge_resume(after, *facts)) {
    case Verdict::exact:
      start_ = AfterEntry{*facts->same_ts, again};
      trail_.add(*facts->same_ts);
      return exact();
    case Verdict::behind:
      return Resumption::behind;
    case Verdict::gap:
      return gap(reader, after.ts, facts->oldest->ts);
    case Verdict::stale:
      // The set has had that entry, so it has, or will have, a primary that is ahead of this.
      if (trail_.empty()) return missing(reader, after, Verdict::stale);
      return Resumption::elsewhere;
    case Verdict::rolled_back:
      if (trail_.empty()) return missing(reader, after, Verdict::rolled_back);
      return roll_back(reader, after);
  }
  return Resumption::behind;
}

bool ResumePoint::find_elsewhere(OplogReader& reader) {
  const auto* after = std::get_if<AfterEntry>(&start_);
  if (after == nullptr) return false;
  for (auto& other : set_.others_than(reader.server_id()).members) {
    const auto found = entry_at(*other, after->optime, plan_.read_concern);
    if (!found || !*found) continue;
    other_ = std::move(other);
    return true;
  }
  return false;
}

// An entry that this run has not seen itself: only other members may have it, or another set.
Result<Resumption> ResumePoint::missing(OplogReader& reader, OpTime after, Verdict verdict) {
  if (find_elsewhere(reader)) return Resumption::elsewhere;
  if (verdict == Verdict::stale || after.term == OpTime::no_term) {
    return no_such_entry(reader, after);
  }
  const auto as_old = reader.newest_up_to_term(after.term, plan_.read_concern);
  if (!as_old) return fail(as_old.error());
  if (!*as_old) return no_such_entry(reader, after);
  trail_.add(after);
  auto resumption = roll_back(reader, after);
  if (resumption && *resumption == Resumption::rolled_back) return resumption;
  trail_ = {};
  if (!resumption || *resumption == Resumption::behind) return resumption;
  return no_such_entry(reader, after);
}

Result<Resumption> ResumePoint::roll_back(OplogReader& reader, OpTime after) {
  const auto common = trail_.newest_common(
      [&](std::int64_t term) { return reader.newest_up_to_term(term, plan_.read_concern); });
  if (!common) return fail(common.error());
  // That term's entries are there, and those after it, but not this one: no set has such an oplog.
  if (*common == after) return Resumption::elsewhere;
  if (!*common) return go_back_further(reader, after);
  start_ = AfterEntry{**common};
  trail_.cut_after(**common);
  return Resumption::rolled_back;
}

// The set kept nothing of this run's trail. It resumes where the run began, or, as it began at an
// entry that was rolled back, well before that: operations may repeat, but none is missing.
Result<Resumption> ResumePoint::go_back_further(OplogReader& reader, OpTime after) {
  const auto* from = std::get_if<FromTimestamp>(&plan_.start);
  bson::Timestamp begin;
  if (from != nullptr) {
    begin = from->ts;
  } else {
    const std::uint32_t seconds = trail_.oldest()->ts.seconds;
    begin.seconds = seconds - std::min(seconds, seconds_read_again);
  }
  const auto place = reader.first_from(begin, plan_.read_concern);
  if (!place) return fail(place.error());
  if (!*place) return Resumption::behind;
  if (from == nullptr) {
    reporter_.warning(
        fmt::format("the entry at {} was rolled back, and what had been read before it is not "
                    "known; operations from {} on may repeat",
                    to_string(after), oplog::with_time((*place)->ts)));
  }
  start_ = AfterEntry{**place, true};
  trail_ = {};
  trail_.add(**place);
  return Resumption::rolled_back;
}

tl::unexpected<Error> ResumePoint::no_such_entry(const OplogReader& reader, OpTime after) const {
  return fail(Cause::rolled_back,
              fmt::format("{} has no entry at {}", reader.set_name(), to_string(after)),
              "start at a time (--since): the cursor is of another replica set, or its entry was "
              "rolled back");
}

Result<Resumption> ResumePoint::gap(OplogReader& reader, bson::Timestamp from,
                                    bson::Timestamp oldest) {
  // One that was synced afresh has less than the others.
  auto wider = member_reaching_back_to(set_, reader, start_);
  if (wider.member) {
    reporter_.warning(fmt::format("the oplog of {} begins at {}; reading that of {}",
                                  reader.address(), oplog::with_time(oldest),
                                  wider.member->address()));
    other_ = std::move(wider.member);
    return Resumption::elsewhere;
  }
  if (!gap_since_) gap_since_ = Clock::now();
  if (!wider.all_answered && Clock::now() - *gap_since_ < patience_.with_the_silent) {
    return Resumption::elsewhere;
  }
  Error error{Cause::history_lost,
              fmt::format("the oplog no longer reaches back to {}: its oldest entry is at {}",
                          oplog::with_time(from), oplog::with_time(oldest)),
              "start later (--since), take what is left (--since oldest, or --allow-gap), or make "
              "the oplog larger (replSetResizeOplog)"};
  if (!plan_.allow_gap) return fail(std::move(error));
  reporter_.warning(error.what + "; starting there");
  return exact();
}

}  // namespace mongotail::mongo

#include "mongo/entry_lookup.h"

#include <fmt/format.h>

#include <utility>

#include "base/back_off.h"
#include "mongo/resume_facts.h"
#include "mongo/resume_verdict.h"

namespace mongotail::mongo {
namespace {

using Clock = std::chrono::steady_clock;
using Found = std::optional<bson::OwnedDocument>;

// Whether another attempt can succeed.
bool worth_a_retry(Cause cause) {
  return cause == Cause::connection || cause == Cause::unreachable || cause == Cause::overtaken;
}

Result<Verdict> verdict_of(OplogReader& reader, oplog::OpTime optime) {
  const auto facts = resume_facts(reader, optime.ts, ReadConcern::local);
  if (!facts) return fail(facts.error());
  return judge_resume(optime, *facts);
}

}  // namespace

// One round of questions.
struct OplogLookup::Search {
  Found found;
  Absence absence;  // if nothing was found

  bool done(bool patient) const {
    if (found) return true;
    if (judge_absence(absence) == Missing::may_come) return false;
    return absence.all_answered || !patient;
  }
};

OplogLookup::OplogLookup(std::unique_ptr<OplogSet> set,
                         std::shared_ptr<const CurrentMember> current, Reporter& reporter,
                         std::stop_token stop, Patience patience)
    : set_(std::move(set)),
      current_(std::move(current)),
      reporter_(reporter),
      stop_(std::move(stop)),
      patience_(patience) {}
OplogLookup::~OplogLookup() = default;

Status OplogLookup::ask_current(oplog::OpTime optime, Search& search) {
  const auto id = current_->server_id();
  if (reader_ && id && reader_->server_id() != *id) reader_ = nullptr;
  if (!reader_) {
    auto reader = id ? set_->member(*id) : set_->select();
    if (!reader) return fail(std::move(reader.error()));
    reader_ = *std::move(reader);
  }
  auto found = entry_at(*reader_, optime, ReadConcern::local);
  if (!found) return fail(std::move(found.error()));
  search.found = *std::move(found);
  if (search.found) return {};
  const auto verdict = verdict_of(*reader_, optime);
  if (!verdict) return fail(verdict.error());
  search.absence.current = *verdict;
  return {};
}

Status OplogLookup::ask_others(oplog::OpTime optime, Search& search) {
  if (other_) {
    auto found = entry_at(*other_, optime, ReadConcern::local);
    if (found && *found) {
      search.found = *std::move(found);
      return {};
    }
    other_ = nullptr;
  }
  auto others = set_->others_than(current_->server_id());
  search.absence.all_answered = others.all_answered;
  for (auto& other : others.members) {
    auto found = entry_at(*other, optime, ReadConcern::local);
    if (found && *found) {
      search.found = *std::move(found);
      other_ = std::move(other);
      return {};
    }
    const auto verdict = found ? verdict_of(*other, optime) : fail(std::move(found.error()));
    if (verdict) {
      search.absence.others.push_back(*verdict);
    } else if (worth_a_retry(verdict.error().cause)) {
      search.absence.all_answered = false;
    } else {
      return fail(verdict.error());
    }
  }
  return {};
}

Result<OplogLookup::Search> OplogLookup::ask(oplog::OpTime optime) {
  Search search;
  if (auto status = ask_current(optime, search); !status) {
    reader_ = nullptr;
    if (!worth_a_retry(status.error().cause)) return fail(std::move(status.error()));
  }
  if (search.found) return search;
  if (auto status = ask_others(optime, search); !status) return fail(std::move(status.error()));
  return search;
}

Result<Found> OplogLookup::find_entry(oplog::OpTime optime) {
  BackOff back_off(patience_.first_retry);
  const auto begun = Clock::now();
  bool said = false;
  for (;;) {
    auto search = ask(optime);
    if (!search) return fail(std::move(search.error()));
    if (search->done(Clock::now() - begun < patience_.with_the_silent) || stop_.stop_requested()) {
      if (search->found || judge_absence(search->absence) != Missing::rolled_back) {
        return std::move(search->found);
      }
      return fail(Cause::rolled_back,
                  fmt::format("the entry at {} was rolled back", oplog::with_time(optime.ts)),
                  "start at a time (--since)");
    }
    if (search->absence.current && !std::exchange(said, true)) {
      reporter_.warning(fmt::format("{} has no entry at {} yet; waiting, and asking other members",
                                    reader_->address(), oplog::with_time(optime.ts)));
    }
    back_off.wait(stop_);
  }
}

}  // namespace mongotail::mongo

#include "read/plan.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "match/bounded_filter.h"
#include "match/pushdown.h"
#include "read/lines_start.h"

namespace mongotail::read {
namespace {

using bson::Timestamp;

mongo::Start start_at(const oplog::Moment& start, oplog::OpTime newest) {
  if (std::holds_alternative<oplog::Now>(start)) return mongo::AfterEntry{newest};
  if (std::holds_alternative<oplog::Oldest>(start)) return mongo::FromTimestamp{{}, true};
  return mongo::FromTimestamp{timestamp_of(start, newest), false};
}

// What there is by now is the end of a read that does not follow, unless it ends before.
Result<std::optional<Timestamp>> last_of(const ReadRequest& request, oplog::OpTime newest) {
  std::optional<Timestamp> last = request.last;
  if (!last && request.end) {
    // Resumed, or counted back from there, a stream may well begin behind its end.
    if (!request.after && (request.start || !request.lines)) {
      auto order = check_window(request.start.value_or(oplog::Now{}), *request.end, newest);
      if (!order) return fail(std::move(order.error()));
    }
    last = last_before(*request.end, newest);
  }
  if (!request.follow) last = last ? std::min(*last, newest.ts) : newest.ts;
  return last;
}

// Counts back from the end; `plan` has all but its start and what follows from that.
Status count_lines(const ReadRequest& request, const match::Predicate& predicate,
                   Backwards& backwards, ReadPlan& plan) {
  if (*request.lines == 0) {
    plan.tail.start = mongo::AfterEntry{plan.newest};
    return {};
  }
  LinesQuery query{*request.lines, request.raw, std::nullopt, request.hide_migrated};
  if (request.start && !std::holds_alternative<oplog::Oldest>(*request.start)) {
    query.first = timestamp_of(*request.start, plan.newest);
  }
  const Timestamp last =
      plan.tail.last ? std::min(*plan.tail.last, plan.newest.ts) : plan.newest.ts;
  const auto reversed =
      backwards.open({last, query.first, plan.tail.filter, plan.tail.read_concern, query.lines});
  const auto found = find_lines_start(*reversed, backwards.lookup(), predicate, query);
  if (!found) return fail(found.error());
  plan.select.skip = found->skip;
  // Where the request's start itself is the floor, it says more than its ts.
  if (!query.first || found->start.ts != *query.first) plan.tail.start = found->start;
  plan.tail.begins_wanted = !found->start.oldest && !plan.tail.filter.view().empty();
  return {};
}

Status plan_start(const ReadRequest& request, const match::Predicate& predicate,
                  Backwards& backwards, ReadPlan& plan) {
  if (request.after && request.after->optime.ts.ordinal == 0) {
    const Timestamp ts = request.after->optime.ts;
    plan.tail.start = mongo::FromTimestamp{ts, ts == Timestamp{}};
    plan.position = request.after;
    return {};
  }
  if (request.after) {
    plan.tail.start = mongo::AfterEntry{request.after->optime, request.after->index.has_value()};
    plan.select.resume_after = plan.position = request.after;
    return {};
  }
  plan.tail.start = start_at(request.start.value_or(oplog::Now{}), plan.newest);
  if (request.lines) {
    if (auto status = count_lines(request, predicate, backwards, plan); !status) return status;
  }
  if (const auto* after = std::get_if<mongo::AfterEntry>(&plan.tail.start)) {
    plan.position = resume::Cursor{after->optime, std::nullopt};
  }
  return {};
}

}  // namespace

Result<match::Predicate> predicate_of(const ReadRequest& request) {
  return request.bound ? match::Predicate::make(request.wish, *request.bound)
                       : match::Predicate::make(request.wish);
}

Result<bson::OwnedDocument> filter_of(const ReadRequest& request) {
  const match::Selection& needed = request.needed ? *request.needed : request.wish;
  return request.bound ? match::bounded_filter(needed, *request.bound)
                       : match::server_filter(needed, match::PushdownLevel::full);
}

ReadConcern read_concern_of(const ReadRequest& request, const ServerFacts& facts) {
  return facts.majority_reads ? request.read_concern : ReadConcern::local;
}

bool wants_nearly_all(const ReadRequest& request, const bson::OwnedDocument& filter) {
  if (filter.view().empty()) return true;
  match::Selection selection = request.needed ? *request.needed : request.wish;
  selection.ops.noop = selection.internal = false;
  const auto its = match::server_filter(selection, match::PushdownLevel::full);
  const auto usual = match::server_filter(match::Selection(), match::PushdownLevel::full);
  return its && usual && std::ranges::equal(its->view().bytes(), usual->view().bytes());
}

Result<ReadPlan> make_plan(const ReadRequest& request, const match::Predicate& predicate,
                           bson::OwnedDocument filter, const ServerFacts& facts,
                           Backwards& backwards) {
  ReadPlan plan;
  plan.newest = facts.newest;
  // Of nearly all, one cursor sends as fast as anybody prints.
  plan.tail.jobs = wants_nearly_all(request, filter) ? 1 : request.jobs;
  plan.tail.filter = std::move(filter);
  plan.tail.read_concern = read_concern_of(request, facts);
  plan.tail.allow_gap = request.allow_gap;
  plan.tail.tell_clock = request.one_of_several && request.follow;
  plan.may_roll_back = plan.tail.read_concern == ReadConcern::local;
  plan.select.raw = request.raw;
  plan.select.hide_migrated = request.hide_migrated;
  auto last = last_of(request, facts.newest);
  if (!last) return fail(std::move(last.error()));
  plan.tail.last = *last;
  if (auto status = plan_start(request, predicate, backwards, plan); !status) {
    return fail(std::move(status.error()));
  }
  const auto* from = std::get_if<mongo::FromTimestamp>(&plan.tail.start);
  plan.select.tolerate_lost_parts = request.allow_gap || (from != nullptr && from->oldest);
  plan.select.tolerate_rolled_back_parts = plan.select.tolerate_lost_parts || plan.may_roll_back;
  return plan;
}

SelectOptions select_saved(const ReadRequest& request) {
  SelectOptions select;
  select.raw = request.raw;
  select.resume_after = request.after;
  select.skip_damaged = request.skip_damaged;
  // A file begins where it begins, like the oldest entry of an oplog.
  select.tolerate_lost_parts = select.tolerate_rolled_back_parts = true;
  return select;
}

bson::Timestamp first_ts(const mongo::Start& start) {
  if (const auto* from = std::get_if<mongo::FromTimestamp>(&start)) return from->ts;
  return next(std::get<mongo::AfterEntry>(start).optime.ts);
}

}  // namespace mongotail::read

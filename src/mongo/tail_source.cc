#include "mongo/tail_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "mongo/back_off.h"
#include "mongo/member.h"
#include "mongo/oplog_cursor.h"
#include "mongo/outage.h"
#include "mongo/resume_facts.h"
#include "mongo/resume_verdict.h"
#include "mongo/scan_pace.h"
#include "mongo/silence_watch.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using Clock = std::chrono::steady_clock;

// While a filter keeps the stream silent, its position is moved on every so many idle seconds.
constexpr int idle_ticks_between_positions = 10;

Result<OpTime> optime_of(bson::Document document) {
  const auto entry = oplog::Entry::parse(document);
  if (!entry) return fail(entry.error());
  return entry->optime;
}

// Whether another attempt can succeed.
bool worth_a_retry(Cause cause) {
  return cause == Cause::connection || cause == Cause::unreachable;
}

std::string to_string(OpTime optime) {
  const std::string ts = oplog::to_string(optime.ts);
  return optime.term == OpTime::no_term ? ts : fmt::format("{} of term {}", ts, optime.term);
}

Error history_lost(std::string from, bson::Timestamp oldest) {
  return {Cause::history_lost,
          fmt::format("the oplog no longer reaches back to {}: its oldest entry is at {}", from,
                      oplog::to_string(oldest)),
          "start later (--since), take what is left (--since oldest, or --allow-gap), or make the "
          "oplog larger (replSetResizeOplog)"};
}

}  // namespace

class TailSource::State {
 public:
  State(Connection& connection, TailPlan plan, Reporter& reporter, std::stop_token stop)
      : connection_(connection),
        plan_(std::move(plan)),
        start_(plan_.start),
        filtered_(!plan_.filter.view().empty()),
        reporter_(reporter),
        stop_(std::move(stop)) {}

  Result<std::optional<oplog::Batch>> next();
  void close();

 private:
  // A read of what is there already, up to a fixed end.
  struct CatchUp {
    bson::Timestamp last;  // inclusive
    OpTime end;            // the entry at `last`, or the first one past it
    bool to_newest = false;
    bool final = false;  // the stream ends with it
    Clock::time_point begun = Clock::now();
  };

  Status open();
  Status select_member();
  Result<std::optional<CatchUp>> plan_catch_up();
  Status open_cursor();
  bool do_without_filter(const Error& refusal);
  bson::OwnedDocument filter() const;

  Status verify();
  Status verify_entry(OpTime after);
  Status verify_reach(bson::Timestamp ts);
  Status roll_back(OpTime after);
  Status gap(bson::Timestamp from, bson::Timestamp oldest);
  std::unique_ptr<Member> member_reaching_back_to(bson::Timestamp ts);

  Result<std::optional<oplog::Batch>> read();
  Result<std::optional<oplog::Batch>> deliver(CursorBatch batch);
  Result<std::optional<oplog::Batch>> idle();
  Result<std::optional<OpTime>> safe_position();
  oplog::Batch go_back();
  Result<std::optional<oplog::Batch>> end_of_cursor();
  void say_behind();
  Status cut_at_end(std::vector<bson::Document>& entries);
  bson::Timestamp start_ts() const;

  void lose_connection(const Error& error);
  bool asked_for_too_much();

  Connection& connection_;
  TailPlan plan_;
  Start start_;  // where the next cursor has to start
  bool filtered_;
  Reporter& reporter_;
  std::stop_token stop_;

  std::unique_ptr<Member> member_;
  std::unique_ptr<Member> other_member_;  // to be read next
  std::optional<OplogCursor> cursor_;
  std::optional<CatchUp> catch_up_;  // of the cursor that is open; a tail has none
  ScanPace pace_;
  bool nearly_caught_up_ = false;
  bool cursor_was_dead_ = false;  // the last tail's
  bool verified_ = false;
  bool finished_ = false;

  // The newest entry, read before the getMore that is under way: if that returns nothing, then
  // nothing that matches is left up to there.
  std::optional<OpTime> newest_before_;
  std::optional<OpTime> rolled_back_to_;
  int idle_ticks_ = 0;

  Clock::time_point asked_at_;  // the read that is under way
  SilenceWatch silence_{reporter_};
  bool behind_said_ = false;

  BackOff back_off_;
  Outage outage_{reporter_};
};

Result<std::optional<oplog::Batch>> TailSource::State::next() {
  while (!finished_ && !stop_.stop_requested()) {
    auto batch = read();
    if (batch && *batch) return batch;
    if (batch) continue;
    const Error& error = batch.error();
    // Whether anything was lost shows when the place is looked for again (an error 136 with nothing
    // cut off was seen on 4.2).
    if (error.cause == Cause::overtaken) {
      close();
    } else if (worth_a_retry(error.cause)) {
      lose_connection(error);
    } else {
      return batch;
    }
    back_off_.wait(stop_);
  }
  return std::nullopt;
}

bson::Timestamp TailSource::State::start_ts() const {
  if (const auto* after = std::get_if<AfterEntry>(&start_)) return after->optime.ts;
  return std::get<FromTimestamp>(start_).ts;
}

// A selective filter can keep a scan silent for minutes, which can't be told from a hang. So with a
// filter what is already there is read first, piece by piece, each up to an entry that is there
// already. Without one each reply is full at once, and the tail can start where it is.
// The end has to come from the member that is read: another one may have got further.
Result<std::optional<TailSource::State::CatchUp>> TailSource::State::plan_catch_up() {
  if (!filtered_ && !plan_.last) return std::nullopt;
  const auto newest = newest_optime(*member_, plan_.read_concern);
  if (!newest) return fail(newest.error());
  if (!*newest) return std::nullopt;
  CatchUp all{(*newest)->ts, **newest, true};
  all.final = plan_.last && (*newest)->ts >= *plan_.last;
  if (all.final) all.last = *plan_.last;
  if (!filtered_) return all.final ? std::optional(all) : std::nullopt;
  if (!all.final && (nearly_caught_up_ || all.last <= start_ts())) return std::nullopt;
  const bson::Timestamp begin = start_ts();
  const auto piece_end =
      first_optime_from(*member_, {begin.seconds + pace_.span(), 0}, plan_.read_concern);
  if (!piece_end) return fail(piece_end.error());
  if (!*piece_end || (*piece_end)->ts >= all.last) return all;
  return CatchUp{(*piece_end)->ts, **piece_end};
}

Status TailSource::State::select_member() {
  if (member_) return {};
  if (other_member_) {
    member_ = std::move(other_member_);
    return {};
  }
  auto member = connection_.select();
  if (!member) return fail(member.error());
  member_ = *std::move(member);
  return {};
}

Status TailSource::State::open() {
  verified_ = false;
  newest_before_ = std::nullopt;
  idle_ticks_ = 0;
  catch_up_ = std::nullopt;
  if (auto status = select_member(); !status) return status;
  const auto catch_up = plan_catch_up();
  if (!catch_up) return fail(catch_up.error());
  catch_up_ = *catch_up;
  return open_cursor();
}

Status TailSource::State::open_cursor() {
  const auto kind = catch_up_ ? OplogQuery::Kind::forward : OplogQuery::Kind::tail;
  asked_at_ = Clock::now();
  auto cursor = OplogCursor::open(*member_, {filter(), plan_.read_concern, kind, cursor_was_dead_});
  if (!cursor && cursor.error().cause == Cause::server && filtered_) {
    if (!do_without_filter(cursor.error())) return fail(cursor.error());
    return open();
  }
  if (!cursor) return fail(cursor.error());
  // Only after the cursor is open: what is found now can't have been cut off before.
  if (auto status = verify(); !status) return status;
  cursor_ = *std::move(cursor);
  outage_.over(*member_, start_ts());
  return {};
}

// Hosted services allow only some forms of filters on the oplog. Whether it was the filter that was
// refused shows in whether the same read without it works.
bool TailSource::State::do_without_filter(const Error& refusal) {
  const bson::OwnedDocument asked = std::exchange(plan_.filter, bson::OwnedDocument());
  filtered_ = false;
  if (!OplogCursor::open(*member_, {filter(), plan_.read_concern, OplogQuery::Kind::tail})) {
    plan_.filter = asked;
    filtered_ = true;
    return false;
  }
  reporter_.detail(fmt::format("{}; reading every entry, and filtering here", refusal.what));
  return true;
}

bson::OwnedDocument TailSource::State::filter() const {
  bson::Builder builder;
  builder.open_document("ts");
  if (const auto* after = std::get_if<AfterEntry>(&start_)) {
    builder.append(after->again ? "$gte" : "$gt", after->optime.ts);
  } else {
    builder.append("$gte", std::get<FromTimestamp>(start_).ts);
  }
  // The server stops testing a lone lower bound after its first match; an upper one would be paid
  // by every entry, and is cheaper to find here.
  if (catch_up_ && filtered_) builder.append("$lte", catch_up_->last);
  builder.close();
  const bson::OwnedDocument& filter = plan_.filter;
  for (const bson::Element& field : filter.view()) builder.append(field);
  return builder.take();
}

Status TailSource::State::verify() {
  if (verified_) return {};
  if (const auto* after = std::get_if<AfterEntry>(&start_)) return verify_entry(after->optime);
  const auto& from = std::get<FromTimestamp>(start_);
  if (!from.oldest) return verify_reach(from.ts);
  verified_ = true;
  return {};
}

Status TailSource::State::verify_reach(bson::Timestamp ts) {
  const auto oldest = oldest_entry(*member_);
  if (!oldest) return fail(oldest.error());
  verified_ = true;
  if (!*oldest || (*oldest)->optime.ts <= ts || (*oldest)->set_begins) return {};
  return gap(ts, (*oldest)->optime.ts);
}

Status TailSource::State::verify_entry(OpTime after) {
  const auto facts = resume_facts(*member_, after.ts, plan_.read_concern);
  if (!facts) return fail(facts.error());
  const Verdict verdict = judge_resume(after, *facts);
  verified_ = verdict == Verdict::exact;
  if (verdict == Verdict::gap) return gap(after.ts, facts->oldest->ts);
  if (verdict == Verdict::rolled_back) return roll_back(after);
  return {};
}

// Terms never fall along an oplog, so what the set kept of the lost entry's history is what it has
// of that term and the ones before.
Status TailSource::State::roll_back(OpTime after) {
  std::optional<OpTime> common;
  if (after.term != OpTime::no_term) {
    const auto found = newest_up_to_term(*member_, after.term, plan_.read_concern);
    if (!found) return fail(found.error());
    common = *found;
  }
  if (!common || common->ts >= after.ts) {
    return fail(Cause::rolled_back,
                fmt::format("{} has no entry at {}", member_->set_name(), to_string(after)),
                "the cursor is of another replica set, or its entry was rolled back; start at a "
                "time (--since)");
  }
  rolled_back_to_ = common;
  start_ = AfterEntry{*common};
  return {};
}

std::unique_ptr<Member> TailSource::State::member_reaching_back_to(bson::Timestamp ts) {
  for (auto& other : connection_.others_than(*member_)) {
    const auto oldest = oldest_entry(*other);
    if (!oldest || !*oldest) continue;
    if ((*oldest)->optime.ts <= ts || (*oldest)->set_begins) return std::move(other);
  }
  return nullptr;
}

Status TailSource::State::gap(bson::Timestamp from, bson::Timestamp oldest) {
  // One that was synced afresh has less than the others.
  if (auto other = member_reaching_back_to(from)) {
    reporter_.warning(fmt::format("the oplog of {} begins at {}; reading that of {}",
                                  member_->address(), oplog::to_string(oldest), other->address()));
    other_member_ = std::move(other);
    return fail(Cause::overtaken, "another member has more");
  }
  Error error = history_lost(oplog::to_string(from), oldest);
  if (!plan_.allow_gap) return fail(std::move(error));
  reporter_.warning(error.what + "; going on from there");
  verified_ = true;
  return {};
}

Result<std::optional<oplog::Batch>> TailSource::State::read() {
  if (!cursor_) {
    if (auto status = open(); !status) return fail(status.error());
  }
  if (rolled_back_to_) return go_back();
  asked_at_ = Clock::now();
  auto batch = cursor_->next(*member_);
  if (!batch) return fail(batch.error());
  if (!verified_) {
    if (auto status = verify(); !status) return fail(status.error());
    if (rolled_back_to_) return go_back();
  }
  if (!*batch) return end_of_cursor();
  return (*batch)->entries.empty() ? idle() : deliver(**std::move(batch));
}

// The cursor that is open starts after the lost entry: its place is no longer right.
oplog::Batch TailSource::State::go_back() {
  cursor_ = std::nullopt;
  oplog::Batch batch;
  batch.rolled_back_to = std::exchange(rolled_back_to_, std::nullopt);
  batch.caught_up = true;
  return batch;
}

// Of a catch-up: its end. Of a tail: the oplog was empty, or its record count stands at 0 after a
// crash; each find then gives one batch and no cursor (seen on 6.0), so it is asked again.
Result<std::optional<oplog::Batch>> TailSource::State::end_of_cursor() {
  cursor_ = std::nullopt;
  if (!catch_up_) {
    cursor_was_dead_ = true;
    back_off_.wait(stop_);
    return std::nullopt;
  }
  if (catch_up_->final && !verified_) {
    return fail(Cause::rolled_back,
                fmt::format("{} has no entry at {} yet: its newest is at {}", member_->set_name(),
                            oplog::to_string(start_ts()), oplog::to_string(catch_up_->end.ts)),
                "the cursor is of another replica set, or this member lags behind; start at a time "
                "(--since)");
  }
  finished_ = catch_up_->final;
  const auto took = Clock::now() - catch_up_->begun;
  nearly_caught_up_ = catch_up_->to_newest && took < std::chrono::seconds(2);
  pace_.took(took, std::chrono::milliseconds(member_->longest_wait_ms()));
  if (!verified_ || catch_up_->end.ts > catch_up_->last) return std::nullopt;
  start_ = AfterEntry{catch_up_->end};
  oplog::Batch batch;
  batch.watermark = catch_up_->end;
  batch.caught_up = true;
  return batch;
}

Result<std::optional<oplog::Batch>> TailSource::State::deliver(CursorBatch batch) {
  const bool full = batch.full;
  oplog::Batch out = to_batch(std::move(batch));
  if (auto status = cut_at_end(out.entries); !status) return fail(status.error());
  if (out.entries.empty()) return std::nullopt;
  const auto optime = optime_of(out.entries.back());
  if (!optime) return fail(optime.error());
  start_ = AfterEntry{*optime};
  out.watermark = *optime;
  out.caught_up = !full && !catch_up_;
  newest_before_ = std::nullopt;
  idle_ticks_ = 0;
  silence_.heard();
  behind_said_ = false;
  back_off_.reset();
  return out;
}

Status TailSource::State::cut_at_end(std::vector<bson::Document>& entries) {
  if (!plan_.last) return {};
  while (!entries.empty()) {
    const auto optime = optime_of(entries.back());
    if (!optime) return fail(optime.error());
    finished_ = finished_ || optime->ts >= *plan_.last;
    if (optime->ts <= *plan_.last) break;
    entries.pop_back();
  }
  return {};
}

Result<std::optional<oplog::Batch>> TailSource::State::idle() {
  oplog::Batch out;
  out.caught_up = true;
  if (catch_up_) return out;
  cursor_was_dead_ = false;
  if (verified_) {
    back_off_.reset();
  } else {
    say_behind();
  }
  if (newest_before_) {
    start_ = AfterEntry{*newest_before_};
    out.watermark = newest_before_;
    finished_ = plan_.last && newest_before_->ts >= *plan_.last;
    newest_before_ = std::nullopt;
  }
  if (auto status = silence_.check(*member_); !status) return fail(status.error());
  const bool time_for_position = filtered_ && idle_ticks_++ % idle_ticks_between_positions == 0;
  if (plan_.last || time_for_position) {
    const auto newest = safe_position();
    if (!newest) return fail(newest.error());
    if (*newest && verified_ && (*newest)->ts > start_ts()) newest_before_ = **newest;
  }
  return out;
}

void TailSource::State::say_behind() {
  if (std::exchange(behind_said_, true)) return;
  reporter_.warning(fmt::format("{} has not got to {} yet; waiting until it has",
                                member_->address(), oplog::to_string(start_ts())));
}

// Also of a local read: what no majority holds yet may lie past a write that is still open. Only
// where the server has no majority reads there is nothing better.
Result<std::optional<OpTime>> TailSource::State::safe_position() {
  auto newest = newest_optime(*member_, ReadConcern::majority);
  if (newest || newest.error().cause != Cause::no_majority) return newest;
  return newest_optime(*member_, plan_.read_concern);
}

void TailSource::State::lose_connection(const Error& error) {
  outage_.failed(error.what, asked_for_too_much());
  close();
  nearly_caught_up_ = false;
}

bool TailSource::State::asked_for_too_much() {
  if (outage_.lasts() || !member_ || !catch_up_ || !filtered_) return false;
  return member_->took_too_long(asked_at_) && pace_.shrink();
}

void TailSource::State::close() {
  cursor_ = std::nullopt;
  member_ = nullptr;
}

TailSource::TailSource(Connection& connection, TailPlan plan, Reporter& reporter,
                       std::stop_token stop)
    : state_(std::make_unique<State>(connection, std::move(plan), reporter, std::move(stop))) {}
TailSource::~TailSource() = default;

Result<std::optional<oplog::Batch>> TailSource::next() {
  return state_->next();
}

}  // namespace mongotail::mongo

#include "mongo/tail_source.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/back_off.h"
#include "mongo/outage.h"
#include "mongo/past_ranges.h"
#include "mongo/resume_point.h"
#include "mongo/scan_pace.h"
#include "mongo/silence_watch.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using Clock = std::chrono::steady_clock;

// While a filter keeps the stream silent, its position is advanced every few idle seconds.
constexpr int idle_ticks_between_positions = 10;

Result<OpTime> optime_of(bson::Document document) {
  const auto entry = oplog::Entry::parse(document);
  if (!entry) return fail(entry.error());
  return entry->optime;
}

// Where a member refuses a read beside others, what there is to say shows when it is read alone.
Error of_past(Error error) {
  if (error.cause == Cause::server) error.cause = Cause::overtaken;
  return error;
}

// Whether another attempt can succeed.
bool worth_a_retry(Cause cause) {
  return cause == Cause::connection || cause == Cause::unreachable;
}

}  // namespace

class TailSource::State {
 public:
  State(std::unique_ptr<OplogSet> set, TailPlan plan, std::shared_ptr<CurrentMember> current,
        Reporter& reporter, std::stop_token stop, Patience patience)
      : set_(std::move(set)),
        plan_(std::move(plan)),
        current_(std::move(current)),
        filtered_(!plan_.filter.view().empty()),
        reporter_(reporter),
        stop_(std::move(stop)),
        point_(*set_, plan_, patience, reporter),
        back_off_(patience.first_retry) {}

  Result<std::optional<oplog::Batch>> next();

 private:
  // A read of what is there already, up to a fixed end.
  struct CatchUp {
    bson::Timestamp last;  // inclusive
    OpTime end;            // the entry at `last`, or the first one past it
    bool to_newest = false;
    bool final = false;  // the stream ends with it
    bool ahead = false;  // past_ reads it
    Clock::time_point begun = Clock::now();
  };

  Status open();
  Status select_member();
  Result<std::optional<CatchUp>> plan_catch_up();
  Result<std::optional<CatchUp>> plan_part_of(const CatchUp& all);
  void read_ahead(PastRange rest, bool final);
  Result<bool> open_ahead();
  void leave_past();
  Status open_read();
  Status begin_reading();
  bool do_without_filter(const Error& refusal);
  bson::OwnedDocument filter() const;
  Status verify();

  Result<std::optional<oplog::Batch>> read();
  Result<std::optional<ReadBatch>> read_batch();
  Result<std::optional<oplog::Batch>> deliver(ReadBatch batch);
  Result<std::optional<oplog::Batch>> idle();
  Result<std::optional<OpTime>> safe_position();
  Status read_clock();
  oplog::Batch go_back();
  Result<std::optional<oplog::Batch>> end_of_read();
  int ticks_between_positions() const {
    return (plan_.tell_clock ? 5 : 1) * idle_ticks_between_positions;
  }
  void say_behind();
  Status cut_at_end(std::vector<bson::Document>& entries);

  void lose_connection(const Error& error);
  bool asked_for_too_much();
  void leave();

  std::unique_ptr<OplogSet> set_;
  TailPlan plan_;
  std::shared_ptr<CurrentMember> current_;
  bool filtered_;
  Reporter& reporter_;
  std::stop_token stop_;

  ResumePoint point_;
  std::unique_ptr<OplogReader> reader_;
  bool reading_ = false;             // its stream is open
  bool rolled_back_ = false;         // to be said, and read again from point_
  std::optional<CatchUp> catch_up_;  // what is read; a tail has none
  ScanPace pace_;
  std::unique_ptr<PastRanges> past_;  // what comes after the part that reader_ reads
  bool past_is_final_ = false;        // the stream ends with it
  bool nearly_caught_up_ = false;
  bool cursor_was_dead_ = false;  // the last tail's
  bool finished_ = false;

  // The newest entry, read before the getMore that is under way: if that returns nothing, then
  // nothing that matches is left up to there.
  std::optional<OpTime> newest_before_;
  // The same of the member's clock: entries to come are of its second or a later one.
  std::optional<bson::Timestamp> clock_before_;
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
    // Nothing waits for it any more: it doesn't matter that it broke.
    if (stop_.stop_requested()) break;
    const Error& error = batch.error();
    // Whether anything was lost shows when the place is looked for again (an error 136 with nothing
    // cut off was seen on 4.2).
    if (error.cause == Cause::overtaken) {
      leave();
    } else if (worth_a_retry(error.cause)) {
      lose_connection(error);
    } else {
      return batch;
    }
    back_off_.wait(stop_);
  }
  return std::nullopt;
}

// A selective filter can keep a scan silent for minutes, which can't be told from a hang. So with a
// filter what is already there is read first, piece by piece, each up to an entry that is there
// already. Without one each reply is full at once, and the tail can start where it is.
// The end has to come from the member that is read: another one may have got further.
Result<std::optional<TailSource::State::CatchUp>> TailSource::State::plan_catch_up() {
  if (!filtered_ && !plan_.last) return std::nullopt;
  const auto newest = safe_position();
  if (!newest) return fail(newest.error());
  if (!*newest) return std::nullopt;
  CatchUp all{(*newest)->ts, **newest, true};
  all.final = plan_.last && (*newest)->ts >= *plan_.last;
  if (all.final) all.last = *plan_.last;
  if (!filtered_) return all.final ? std::optional(all) : std::nullopt;
  if (!all.final && (nearly_caught_up_ || all.last <= point_.ts())) return std::nullopt;
  return plan_part_of(all);
}

// The first part is read as if it were all there is: what is refused shows there, and a short past
// needs no other connection. Meanwhile others begin with what comes after it.
Result<std::optional<TailSource::State::CatchUp>> TailSource::State::plan_part_of(
    const CatchUp& all) {
  const PastRange rest{point_.start(), all.last, all.end, true};
  const bool is_short = all.last.seconds <= point_.ts().seconds + pace_.span();
  const std::size_t jobs = is_short ? 1 : plan_.jobs;
  const auto part = first_range(*reader_, rest, span_of(rest, pace_, jobs), plan_.read_concern);
  if (!part) return fail(part.error());
  if (part->is_rest) return all;
  if (jobs > 1) read_ahead(rest_after(*part, rest), all.final);
  return CatchUp{part->last, part->end};
}

void TailSource::State::read_ahead(PastRange rest, bool final) {
  PastRanges::Plan plan{std::move(rest), plan_.filter, plan_.read_concern, pace_, plan_.jobs};
  past_ = std::make_unique<PastRanges>(
      [this, id = reader_->server_id()] { return set_->member(id); }, std::move(plan));
  past_is_final_ = final;
  past_->work_with(plan_.jobs - 1);
}

// False if that does not continue from here.
Result<bool> TailSource::State::open_ahead() {
  past_->work_with(plan_.jobs);
  const auto range = past_->open_next(stop_);
  if (!range) return fail(of_past(range.error()));
  const auto* here = std::get_if<AfterEntry>(&point_.start());
  const auto* begin = *range ? std::get_if<AfterEntry>(&(*range)->start) : nullptr;
  if (begin == nullptr || here == nullptr || here->again || here->optime != begin->optime) {
    leave_past();
    return false;
  }
  catch_up_ = CatchUp{(*range)->last, (*range)->end, (*range)->is_rest};
  catch_up_->final = (*range)->is_rest && past_is_final_;
  catch_up_->ahead = true;
  catch_up_->begun = past_->begun();
  return true;
}

void TailSource::State::leave_past() {
  if (!past_) return;
  pace_ = past_->pace();
  past_ = nullptr;
}

Status TailSource::State::select_member() {
  if (reader_) return {};
  reader_ = point_.take_other();
  if (!reader_) {
    auto reader = set_->select();
    if (!reader) return fail(reader.error());
    reader_ = *std::move(reader);
  }
  current_->set(reader_->server_id());
  return {};
}

Status TailSource::State::open() {
  point_.reopened();
  newest_before_ = std::nullopt;
  clock_before_ = std::nullopt;
  idle_ticks_ = 0;
  catch_up_ = std::nullopt;
  if (auto status = select_member(); !status) return status;
  if (past_) {
    const auto opened = open_ahead();
    if (!opened) return fail(opened.error());
    if (*opened) return begin_reading();
  }
  const auto catch_up = plan_catch_up();
  if (!catch_up) return fail(catch_up.error());
  catch_up_ = *catch_up;
  return open_read();
}

Status TailSource::State::open_read() {
  const auto kind = catch_up_ ? OplogQuery::Kind::forward : OplogQuery::Kind::tail;
  asked_at_ = Clock::now();
  OplogQuery query{filter(), plan_.read_concern, kind, plan_.tell_clock, cursor_was_dead_};
  query.first_alone = std::exchange(plan_.begins_wanted, false);
  if (auto opened = reader_->open(query); !opened) {
    if (opened.error().cause != Cause::server || !do_without_filter(opened.error())) return opened;
    leave_past();
    return open();
  }
  return begin_reading();
}

Status TailSource::State::begin_reading() {
  // Only now: what is found can't have been cut off before.
  if (auto status = verify(); !status) return status;
  reading_ = true;
  outage_.over(*reader_, point_.ts());
  return {};
}

// Hosted services allow only some forms of filters on the oplog. Whether it was the filter that was
// refused shows in whether the same read without it works.
bool TailSource::State::do_without_filter(const Error& refusal) {
  if (!filtered_) return false;
  const bson::OwnedDocument asked = std::exchange(plan_.filter, bson::OwnedDocument());
  filtered_ = false;
  if (!reader_->open({filter(), plan_.read_concern, OplogQuery::Kind::tail})) {
    plan_.filter = asked;
    filtered_ = true;
    return false;
  }
  reporter_.detail(fmt::format("{}; reading every entry, and filtering here", refusal.what));
  return true;
}

// The server stops testing a lone lower bound after its first match; an upper one would be paid by
// every entry, and is cheaper to find here.
bson::OwnedDocument TailSource::State::filter() const {
  const bool has_end = catch_up_ && filtered_;
  return range_filter(point_.start(), has_end ? std::optional(catch_up_->last) : std::nullopt,
                      plan_.filter.view());
}

// Leaving the member is not a lost connection, and needs no words.
Status TailSource::State::verify() {
  const auto resumption = point_.verify(*reader_);
  if (!resumption) return fail(resumption.error());
  if (*resumption == Resumption::elsewhere) {
    return fail(Cause::overtaken, "another member is ahead");
  }
  rolled_back_ = *resumption == Resumption::rolled_back;
  return {};
}

Result<std::optional<oplog::Batch>> TailSource::State::read() {
  if (!reading_) {
    if (auto status = open(); !status) return fail(status.error());
  }
  if (rolled_back_) return go_back();
  asked_at_ = Clock::now();
  auto batch = read_batch();
  if (!batch) return fail(batch.error());
  if (auto status = verify(); !status) return fail(status.error());
  if (rolled_back_) return go_back();
  if (!*batch) return end_of_read();
  if ((*batch)->entries.empty()) return idle();
  // Whatever comes before the place itself is there doesn't belong behind it.
  if (!point_.verified()) return fail(Cause::overtaken, "the member has another history");
  return deliver(**std::move(batch));
}

Result<std::optional<ReadBatch>> TailSource::State::read_batch() {
  if (!catch_up_ || !catch_up_->ahead) return reader_->next();
  auto batch = past_->next(stop_);
  if (!batch) return fail(of_past(batch.error()));
  return batch;
}

// The read that is open starts after the lost entry: its place is no longer right.
oplog::Batch TailSource::State::go_back() {
  reading_ = rolled_back_ = false;
  leave_past();
  oplog::Batch batch;
  batch.rolled_back_to = std::get<AfterEntry>(point_.start()).optime;
  batch.caught_up = true;
  return batch;
}

// Of a catch-up: its end. Of a tail: the oplog was empty, or its record count is 0 after a
// crash; each find then gives one batch and no cursor (seen on 6.0), so it is asked again.
Result<std::optional<oplog::Batch>> TailSource::State::end_of_read() {
  reading_ = false;
  if (!catch_up_) {
    cursor_was_dead_ = true;
    back_off_.wait(stop_);
    return std::nullopt;
  }
  if (catch_up_->final && !point_.verified()) {
    if (point_.find_elsewhere(*reader_)) return fail(Cause::overtaken, "another member is ahead");
    return fail(Cause::rolled_back,
                fmt::format("{} has no entry at {} yet: its newest is at {}", reader_->set_name(),
                            oplog::with_time(point_.ts()), oplog::with_time(catch_up_->end.ts)),
                "start at a time (--since): the cursor is of another replica set, or this member "
                "lags behind");
  }
  finished_ = catch_up_->final;
  const auto took = Clock::now() - catch_up_->begun;
  nearly_caught_up_ = catch_up_->to_newest && took < std::chrono::seconds(2);
  if (!catch_up_->ahead) {
    pace_.took(took, std::chrono::milliseconds(reader_->longest_wait_ms()));
  }
  if (!point_.verified() || (catch_up_->ahead && catch_up_->to_newest)) leave_past();
  if (!point_.verified() || catch_up_->end.ts > catch_up_->last) return std::nullopt;
  point_.advance(catch_up_->end);
  oplog::Batch batch;
  batch.watermark = catch_up_->end;
  batch.caught_up = true;
  return batch;
}

Result<std::optional<oplog::Batch>> TailSource::State::deliver(ReadBatch batch) {
  oplog::Batch out;
  out.bytes = std::move(batch.bytes);
  out.entries = std::move(batch.entries);
  if (auto status = cut_at_end(out.entries); !status) return fail(status.error());
  if (out.entries.empty()) return std::nullopt;
  if (auto status = point_.advance(out.entries); !status) return fail(status.error());
  out.watermark = std::get<AfterEntry>(point_.start()).optime;
  out.caught_up = !batch.full && !catch_up_;
  newest_before_ = std::nullopt;
  clock_before_ = std::nullopt;
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
  if (point_.verified()) {
    back_off_.reset();
  } else {
    say_behind();
  }
  if (newest_before_) {
    point_.advance(*newest_before_);
    out.watermark = newest_before_;
    finished_ = plan_.last && newest_before_->ts >= *plan_.last;
    newest_before_ = std::nullopt;
  }
  if (auto status = silence_.check(*reader_); !status) return fail(status.error());
  if (plan_.tell_clock) {
    out.silent_to = std::exchange(clock_before_, std::nullopt);
    if (auto status = read_clock(); !status) return fail(status.error());
  }
  const bool time_for_position = filtered_ && idle_ticks_++ % ticks_between_positions() == 0;
  if (plan_.last || time_for_position) {
    const auto newest = safe_position();
    if (!newest) return fail(newest.error());
    if (*newest && point_.verified() && (*newest)->ts > point_.ts()) newest_before_ = **newest;
  }
  return out;
}

// What a write gets as its ts is of the second of the member's clock, or of a later one that it was
// told of. A majority lags behind the writes; while it does nothing is promised.
Status TailSource::State::read_clock() {
  const auto state = reader_->state();
  if (!state) return fail(state.error());
  if (!point_.verified() || state->clock == 0 || state->majority < state->newest) return {};
  clock_before_ = bson::Timestamp{state->clock - 1, std::numeric_limits<std::uint32_t>::max()};
  return {};
}

void TailSource::State::say_behind() {
  if (std::exchange(behind_said_, true)) return;
  reporter_.warning(fmt::format("{} has not reached {} yet; waiting", reader_->address(),
                                oplog::with_time(point_.ts())));
}

// Also of a local read: what no majority holds yet may lie past a write that is still open. Only
// where the server has no majority reads there is nothing better.
Result<std::optional<OpTime>> TailSource::State::safe_position() {
  auto newest = reader_->newest(ReadConcern::majority);
  if (newest || newest.error().cause != Cause::no_majority) return newest;
  return reader_->newest(plan_.read_concern);
}

void TailSource::State::lose_connection(const Error& error) {
  outage_.failed(error.what, asked_for_too_much());
  leave();
  nearly_caught_up_ = false;
}

bool TailSource::State::asked_for_too_much() {
  if (outage_.lasts() || !reader_ || !filtered_) return false;
  const bool ahead_did = past_ && past_->took_too_long();
  const bool this_did = catch_up_ && !catch_up_->ahead && reader_->took_too_long(asked_at_);
  leave_past();
  return (ahead_did || this_did) && pace_.shrink();
}

void TailSource::State::leave() {
  reading_ = false;
  leave_past();
  reader_ = nullptr;
}

TailSource::TailSource(std::unique_ptr<OplogSet> set, TailPlan plan,
                       std::shared_ptr<CurrentMember> current, Reporter& reporter,
                       std::stop_token stop, Patience patience)
    : state_(std::make_unique<State>(std::move(set), std::move(plan), std::move(current), reporter,
                                     std::move(stop), patience)) {}
TailSource::~TailSource() = default;

Result<std::optional<oplog::Batch>> TailSource::next() {
  return state_->next();
}

}  // namespace mongotail::mongo

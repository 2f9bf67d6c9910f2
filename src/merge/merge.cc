#include "merge/merge.h"

#include <algorithm>
#include <utility>

#include "oplog/entry.h"

namespace mongotail::merge {
namespace {

using bson::Timestamp;

/// Only the `ts`: whoever unwinds the entry reads the rest. An entry without one stays behind the
/// one before.
Result<Timestamp> ts_of(bson::Document entry) {
  bson::Reader reader(entry);
  bson::Element field;
  while (reader.next(field)) {
    if (field.key() != "ts") continue;
    if (const auto ts = field.as_timestamp()) return *ts;
  }
  // The whole of it says where it is damaged.
  const auto parsed = oplog::Entry::parse(entry);
  if (!parsed) return fail(parsed.error());
  return parsed->optime.ts;
}

}  // namespace

bool Merge::Source::has_entry() const {
  return !waiting.empty() && front().taken < front().keys.size();
}

Merge::Merge(Options options) : options_(options) {}

std::size_t Merge::add(SourceStart start) {
  known_to_ = std::max(known_to_, start.known_to.value_or(Timestamp{}));
  Source& source = sources_.emplace_back();
  source.heard = start.after;
  source.start = std::move(start);
  for (Source& one : sources_) {
    one.rank = static_cast<std::size_t>(std::ranges::count_if(
        sources_, [&](const Source& other) { return other.start.name < one.start.name; }));
  }
  return sources_.size() - 1;
}

bool Merge::wants(std::size_t source) const {
  const Source& of = sources_[source];
  return !of.ended && of.bytes < options_.kept_bytes;
}

Status Merge::offer(std::size_t index, oplog::Batch batch, Clock::time_point now) {
  Source& source = sources_[index];
  if (batch.rolled_back_to) drop_after(source, batch.rolled_back_to->ts);
  Waiting waiting;
  waiting.keys.reserve(batch.entries.size());
  for (const bson::Document& entry : batch.entries) {
    const auto ts = ts_of(entry);
    if (!ts) return fail(ts.error());
    // Saved oplogs may go back; then what comes after the older one stays after it.
    source.last_key = std::max(source.last_key, *ts);
    waiting.keys.push_back(source.last_key);
    waiting.bytes += entry.size();
  }
  std::optional<Timestamp> heard = batch.silent_to;
  if (batch.watermark) heard = std::max(heard.value_or(Timestamp{}), batch.watermark->ts);
  if (heard) source.heard = std::max(source.heard.value_or(Timestamp{}), *heard);
  waiting.batch = std::move(batch);
  waiting.came = now;
  source.bytes += waiting.bytes;
  source.waiting.push_back(std::move(waiting));
  if (source.lags && source.has_passed(newest_taken_)) {
    source.lags = false;
    notices_.push_back({Notice::Kind::is_back, index});
  }
  return {};
}

// What the set has taken back must not come; that it was taken back must.
void Merge::drop_after(Source& source, Timestamp common) {
  source.heard = common;
  source.last_key = common;
  for (Waiting& waiting : source.waiting) {
    const auto kept = std::ranges::upper_bound(waiting.keys, common) - waiting.keys.begin();
    const auto from = std::max(static_cast<std::size_t>(kept), waiting.taken);
    for (std::size_t i = from; i < waiting.keys.size(); ++i) {
      waiting.bytes -= waiting.batch.entries[i].size();
      source.bytes -= waiting.batch.entries[i].size();
    }
    waiting.keys.resize(from);
    waiting.batch.entries.resize(from);
    if (waiting.batch.watermark && waiting.batch.watermark->ts > common) {
      waiting.batch.watermark = std::nullopt;
    }
  }
}

void Merge::end(std::size_t source) {
  sources_[source].ended = true;
}

bool Merge::take(oplog::Batch& out, Clock::time_point now) {
  deadline_ = std::nullopt;
  if (const auto source = without_entry()) {
    hand_out(*source, 0, out);
    return true;
  }
  const auto source = next_source();
  if (!source || held(*source, now)) return false;
  hand_out(*source, run_length(*source), out);
  return true;
}

// Its news waits for nobody.
std::optional<std::size_t> Merge::without_entry() const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i].waiting.empty() && !sources_[i].has_entry()) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Merge::next_source() const {
  std::optional<std::size_t> found;
  for (std::size_t step = 0; step < sources_.size(); ++step) {
    const bool by_ts = options_.order == Options::Order::ts;
    const std::size_t i = by_ts ? step : (turn_ + step) % sources_.size();
    if (!sources_[i].has_entry()) continue;
    if (!by_ts) return i;
    if (!found) {
      found = i;
      continue;
    }
    const Source &source = sources_[i], &best = sources_[*found];
    if (source.head() < best.head() || (source.head() == best.head() && source.rank < best.rank)) {
      found = i;
    }
  }
  return found;
}

std::chrono::milliseconds Merge::hold_for(const Source& behind, Timestamp key,
                                          bool& for_ever) const {
  const bool in_the_past = behind.start.known_to && key <= *behind.start.known_to;
  const auto hold = in_the_past ? options_.hold_behind : options_.hold;
  for_ever = !hold;
  return hold.value_or(std::chrono::milliseconds(0));
}

// Whoever waits, waits for the same sources, and behind the same entry.
Clock::time_point Merge::oldest_waiting() const {
  auto came = Clock::time_point::max();
  for (const Source& source : sources_) {
    if (source.has_entry()) came = std::min(came, source.front().came);
  }
  return came;
}

bool Merge::held(std::size_t index, Clock::time_point now) {
  if (options_.order == Options::Order::arrival) return false;
  const Timestamp key = sources_[index].head();
  std::optional<Clock::time_point> came;
  bool waits = false;
  std::optional<Clock::time_point> until;  // the last of those that may be given up
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& other = sources_[i];
    if (i == index || other.has_entry() || other.lags || other.has_passed(key)) continue;
    bool for_ever = false;
    if (!came) came = oldest_waiting();
    const auto end = *came + hold_for(other, key, for_ever);
    if (!for_ever && end <= now) {
      other.lags = true;
      notices_.push_back({Notice::Kind::lags, i});
      continue;
    }
    waits = true;
    if (!for_ever) until = until ? std::min(*until, end) : end;
  }
  deadline_ = until;
  return waits;
}

// How many of the source's entries come before anything that another one has or may still have.
std::size_t Merge::run_length(std::size_t index) const {
  const Source& source = sources_[index];
  const Waiting& front = source.front();
  if (options_.order == Options::Order::arrival) return front.keys.size() - front.taken;
  std::size_t end = front.keys.size();
  const auto begin = front.keys.begin() + static_cast<std::ptrdiff_t>(front.taken) + 1;
  const auto cut = [&](Timestamp ts, bool inclusive) {
    const auto last = front.keys.begin() + static_cast<std::ptrdiff_t>(end);
    const auto at =
        inclusive ? std::upper_bound(begin, last, ts) : std::lower_bound(begin, last, ts);
    end = static_cast<std::size_t>(at - front.keys.begin());
  };
  for (std::size_t i = 0; i < sources_.size() && end > front.taken + 1; ++i) {
    const Source& other = sources_[i];
    if (i == index) continue;
    if (other.has_entry()) {
      cut(other.head(), source.rank < other.rank);
    } else if (!other.ended && !other.lags) {
      cut(other.heard.value_or(Timestamp{}), true);
    }
  }
  return end - front.taken;
}

void Merge::hand_out(std::size_t index, std::size_t count, oplog::Batch& out) {
  Source& source = sources_[index];
  Waiting& front = source.waiting.front();
  const oplog::Batch& batch = front.batch;
  const auto first = static_cast<std::ptrdiff_t>(front.taken);
  const auto last = first + static_cast<std::ptrdiff_t>(count);
  if (out.bytes != batch.bytes) out.bytes = batch.bytes;
  out.entries.assign(batch.entries.begin() + first, batch.entries.begin() + last);
  out.unwound.clear();
  if (!batch.unwound.empty()) {
    out.unwound.assign(batch.unwound.begin() + first, batch.unwound.begin() + last);
  }
  if (out.origin || batch.origin) out.origin = batch.origin;
  out.rolled_back_to = front.taken == 0 ? batch.rolled_back_to : std::nullopt;
  out.caught_up = false;
  out.watermark = std::nullopt;
  out.silent_to = std::nullopt;
  out.source = index;
  if (count > 0) {
    newest_taken_ = std::max(newest_taken_, front.keys[front.taken + count - 1]);
    front.taken += count;
    turn_ = index + 1;
  }
  if (front.taken < front.keys.size()) return;
  out.watermark = batch.watermark;
  out.caught_up = batch.caught_up;
  source.bytes -= front.bytes;
  source.waiting.pop_front();
}

std::optional<Clock::time_point> Merge::deadline() const {
  return deadline_;
}

bool Merge::holds_any() const {
  return std::ranges::any_of(sources_, &Source::has_entry);
}

bool Merge::past_is_taken() const {
  return std::ranges::all_of(sources_, [this](const Source& source) {
    if (source.has_entry() && source.head() <= known_to_) return false;
    if (!source.start.known_to) return source.ended && source.waiting.empty();
    return source.has_passed(*source.start.known_to);
  });
}

bool Merge::ended() const {
  return std::ranges::all_of(
      sources_, [](const Source& source) { return source.ended && source.waiting.empty(); });
}

std::vector<Notice> Merge::notices() {
  return std::exchange(notices_, {});
}

}  // namespace mongotail::merge

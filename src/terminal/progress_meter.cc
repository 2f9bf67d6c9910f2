#include "terminal/progress_meter.h"

#include <algorithm>

namespace mongotail::terminal {
namespace {

constexpr std::chrono::seconds speed_span{5};
// A speed over less than that is a guess.
constexpr std::chrono::duration<double> shortest_span{0.2};

// An estimate is said once those of the last seconds agree, and there are some.
constexpr std::chrono::seconds estimates_span{3};
constexpr std::chrono::seconds estimates_needed{1};
constexpr double agreement = 0.5;   // they differ by less than that part of what is left…
constexpr double always_agree = 2;  // …or by less than this many seconds

std::optional<bson::Timestamp> position_of(const oplog::Batch& batch) {
  if (batch.watermark) return batch.watermark->ts;
  if (batch.entries.empty()) return std::nullopt;
  const auto ts = batch.entries.back().find("ts");
  return ts ? ts->as_timestamp() : std::nullopt;
}

}  // namespace

ProgressMeter::ProgressMeter(const ProgressWindow& window, Time now)
    : window_(window), started_(now) {
  over_ = window.begin && window.end && *window.begin > *window.end;
  samples_.push_back(sample(now));
}

void ProgressMeter::took(const oplog::Batch& batch) {
  entries_ += batch.entries.size();
  for (const bson::Document& entry : batch.entries) entry_bytes_ += entry.size();
  if (const auto position = position_after(batch)) {
    position_ = position;
    if (!window_.begin) begin_at(*position);
  }
  // A filter can keep the server silent in the middle of its oplog.
  const bool at_end = !window_.end || (position_ && *position_ >= *window_.end);
  over_ = over_ || (batch.caught_up && at_end);
}

// Of several sources the one that is the furthest back, among those that have not got to their end.
std::optional<bson::Timestamp> ProgressMeter::position_after(const oplog::Batch& batch) {
  const auto position = position_of(batch);
  const auto& ends = window_.source_ends;
  if (ends.empty() || !position) return position;
  source_positions_.resize(std::max(ends.size(), batch.source + 1));
  source_positions_[batch.source] = position;
  std::optional<bson::Timestamp> last = window_.end;
  std::optional<bson::Timestamp> newest;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto& at = source_positions_[i];
    newest = std::max(newest, at);
    if (ends[i] && at && *at >= *ends[i]) continue;
    if (!at && window_.end) return std::nullopt;
    if (at && window_.end) last = std::min(last, at);
  }
  return window_.end ? last : newest;
}

// Samples from before have no position.
void ProgressMeter::begin_at(bson::Timestamp position) {
  window_.begin = position;
  if (by_time()) samples_.clear();
}

ProgressMeter::Sample ProgressMeter::sample(Time now) const {
  Sample here{now, static_cast<double>(entries_), static_cast<double>(entry_bytes_), begin()};
  if (window_.bytes_read != nullptr) here.bytes = static_cast<double>(*window_.bytes_read);
  if (!by_time()) {
    here.position = here.bytes;
  } else if (position_) {
    here.position = place_of(*position_);
  }
  return here;
}

double ProgressMeter::begin() const {
  return by_time() && window_.begin ? place_of(*window_.begin) : 0;
}

double ProgressMeter::place_of(bson::Timestamp ts) const {
  return window_.shape ? window_.shape->before(ts) : ts.seconds;
}

std::optional<double> ProgressMeter::end(Time now) const {
  if (window_.bytes) return static_cast<double>(*window_.bytes);
  if (!window_.end || !position_) return std::nullopt;
  if (window_.oplog) return static_cast<double>(entry_bytes_) + oplog_bytes_left();
  if (window_.shape) return place_of(*window_.end);
  const std::chrono::duration<double> passed = now - started_;
  return window_.end->seconds + (window_.end_moves ? passed.count() : 0);
}

// What has not come yet is ahead, before the window or after it: as much a second in all three. A
// burst that has been read is in none of them.
double ProgressMeter::oplog_bytes_left() const {
  if (*position_ >= *window_.end) return 0;
  const double ahead = 1.0 + window_.end->seconds - position_->seconds;
  const double unseen = std::max(window_.oplog->bytes - static_cast<double>(entry_bytes_), 0.0);
  return unseen * ahead / (ahead + window_.oplog->seconds_outside);
}

output::Progress ProgressMeter::progress(Time now) {
  const Sample here = sample(now);
  samples_.push_back(here);
  while (samples_.size() > 2 && samples_[1].at + speed_span < now) samples_.pop_front();
  const Sample& before = samples_.front();
  output::Progress out;
  out.what = window_.ends ? "reading" : "catching up";
  if (position_) out.position = position_->seconds;
  const auto goal = end(now);
  if (goal && *goal > begin()) {
    out.fraction = std::clamp((here.position - begin()) / (*goal - begin()), 0.0, 1.0);
  }
  const std::chrono::duration<double> span = now - before.at;
  if (span < shortest_span) return out;
  out.entries_per_second = (here.entries - before.entries) / span.count();
  out.bytes_per_second = (here.bytes - before.bytes) / span.count();
  const bool end_flees = window_.end_moves && by_time() && !window_.shape;
  const double speed = (here.position - before.position) / span.count() - (end_flees ? 1 : 0);
  if (goal && *goal > here.position && speed > 0) {
    out.left = time_left((*goal - here.position) / speed, now);
  } else {
    estimates_.clear();
  }
  return out;
}

std::optional<std::chrono::seconds> ProgressMeter::time_left(double seconds, Time now) {
  constexpr double longest = 1e9;
  seconds = std::min(seconds, longest);
  const std::chrono::duration<double> passed = now - started_;
  estimates_.push_back({now, passed.count() + seconds});
  while (estimates_.front().at + estimates_span < now) estimates_.pop_front();
  const auto [earliest, latest] =
      std::minmax_element(estimates_.begin(), estimates_.end(),
                          [](const Estimate& a, const Estimate& b) { return a.finish < b.finish; });
  const bool enough = estimates_.front().at + estimates_needed <= now;
  const double apart = latest->finish - earliest->finish;
  if (!enough || apart > std::max(agreement * seconds, always_agree)) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

}  // namespace mongotail::terminal

#include "app/catch_up.h"

#include <algorithm>

namespace mongotail::app {
namespace {

constexpr std::chrono::seconds speed_span{5};
// A speed over less than that is a guess.
constexpr std::chrono::duration<double> shortest_span{0.2};

std::optional<bson::Timestamp> position_of(const oplog::Batch& batch) {
  if (batch.watermark) return batch.watermark->ts;
  if (batch.entries.empty()) return std::nullopt;
  const auto ts = batch.entries.back().find("ts");
  return ts ? ts->as_timestamp() : std::nullopt;
}

}  // namespace

CatchUp::CatchUp(const CatchUpWindow& window, Time now) : window_(window), started_(now) {
  over_ = window.begin && window.end && *window.begin > *window.end;
  samples_.push_back(sample(now));
}

void CatchUp::took(const oplog::Batch& batch) {
  entries_ += batch.entries.size();
  for (const bson::Document& entry : batch.entries) entry_bytes_ += entry.size();
  if (const auto position = position_of(batch)) {
    position_ = position;
    if (!window_.begin) begin_at(*position);
  }
  // A filter can keep the server silent in the middle of its oplog.
  const bool at_end = !window_.end || (position_ && *position_ >= *window_.end);
  over_ = over_ || (batch.caught_up && at_end);
}

// Samples from before have no position.
void CatchUp::begin_at(bson::Timestamp position) {
  window_.begin = position;
  if (window_.bytes_read == nullptr) samples_.clear();
}

CatchUp::Sample CatchUp::sample(Time now) const {
  const bool files = window_.bytes_read != nullptr;
  Sample here{now, static_cast<double>(entries_), static_cast<double>(entry_bytes_), begin()};
  if (files) here.bytes = here.position = static_cast<double>(*window_.bytes_read);
  if (!files && position_) here.position = position_->seconds;
  return here;
}

double CatchUp::begin() const {
  return window_.bytes_read == nullptr && window_.begin ? window_.begin->seconds : 0;
}

std::optional<double> CatchUp::end(Time now) const {
  if (window_.bytes) return static_cast<double>(*window_.bytes);
  if (!window_.end || !position_) return std::nullopt;
  const std::chrono::duration<double> passed = now - started_;
  return window_.end->seconds + (window_.end_moves ? passed.count() : 0);
}

output::Progress CatchUp::progress(Time now) {
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
  const double speed =
      (here.position - before.position) / span.count() - (window_.end_moves ? 1 : 0);
  if (goal && speed > 0) {
    const double left = std::max(*goal - here.position, 0.0) / speed;
    constexpr double longest = 1e9;
    out.left = std::chrono::seconds(static_cast<std::int64_t>(std::min(left, longest)));
  }
  return out;
}

}  // namespace mongotail::app

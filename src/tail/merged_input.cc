#include "tail/merged_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace mongotail::tail {

using merge::Clock;

namespace {

constexpr std::size_t most_following = 64;

}  // namespace

MergedInput::MergedInput(merge::Options options, Reporter& reporter, std::stop_token stop)
    : merge_(options), reporter_(reporter), stop_(std::move(stop)) {}

void MergedInput::add(merge::SourceStart start, std::unique_ptr<oplog::Source> source) {
  merge_.add(std::move(start));
  readings_.push_back({std::make_unique<ReadAhead>(std::move(source), stop_, [this] { ring(); }),
                       true,
                       false,
                       std::nullopt,
                       {}});
}

void MergedInput::ring() {
  {
    const std::scoped_lock lock(bell_.mutex);
    ++bell_.times;
  }
  bell_.rung.notify_one();
}

std::optional<Input::Item> MergedInput::next(std::optional<std::chrono::milliseconds> patience) {
  if (following_.empty()) take();
  std::optional<Clock::time_point> deadline;
  if (following_.empty() && patience) deadline = Clock::now() + *patience;
  while (following_.empty()) {
    if (!wait_until(deadline)) return std::nullopt;
    take();
  }
  Item item = std::move(following_.front());
  following_.pop_front();
  // So that ready() knows.
  if (item && *item && following_.empty()) take();
  return item;
}

/// What is next, where that is known now: some at a time, for sources that take turns hand out
/// little.
void MergedInput::take() {
  if (look_) look_();
  pull();
  const auto now = Clock::now();
  while (!fatal_ && following_.size() < most_following) {
    oplog::Batch batch;
    if (!merge_.take(batch, now)) break;
    batch.caught_up = merge_.past_is_taken();
    following_.emplace_back(std::move(batch));
  }
  say_notices();
  if (!following_.empty()) return;
  over_ = fatal_ || merge_.ended();
  if (!over_) return;
  if (failure_) {
    following_.emplace_back(fail(*failure_));
  } else {
    following_.emplace_back(std::nullopt);
  }
}

void MergedInput::pull() {
  {
    const std::scoped_lock lock(bell_.mutex);
    if (std::exchange(heard_rings_, bell_.times) != bell_.times) {
      for (Reading& reading : readings_) reading.may_have_more = true;
    }
  }
  for (std::size_t i = 0; i < readings_.size(); ++i) pull(i);
}

void MergedInput::pull(std::size_t source) {
  Reading& reading = readings_[source];
  while (!fatal_ && reading.may_have_more && merge_.wants(source)) {
    auto item = reading.input->next(std::chrono::milliseconds(0));
    if (!item) {
      reading.may_have_more = false;
      return;
    }
    if (!*item) return fail_source(source, item->error());
    reading.heard = true;
    if (!**item) return end_source(source);
    auto offered = merge_.offer(source, **std::move(*item), Clock::now());
    if (!offered) return fail_source(source, offered.error());
    if (reading.last && merge_.has_passed(source, *reading.last)) return end_source(source);
  }
}

void MergedInput::finish(std::size_t source, std::optional<bson::Timestamp> last,
                         std::function<void()> ended) {
  Reading& reading = readings_[source];
  reading.last = last;
  reading.ended = std::move(ended);
  if (!last || merge_.has_passed(source, *last)) end_source(source);
}

void MergedInput::end_source(std::size_t source) {
  merge_.end(source);
  if (const auto ended = std::exchange(readings_[source].ended, {})) ended();
}

void MergedInput::fail_source(std::size_t source, const Error& error) {
  end_source(source);
  if (!failure_) {
    failure_ = error;
    failure_->what = fmt::format("{}: {}", merge_.name(source), error.what);
  }
  fatal_ = fatal_ || !readings_[source].heard;
  if (fatal_ || readings_.size() == 1) return;
  reporter_.warning(fmt::format("{}: {}; continuing without it", merge_.name(source), error.what));
}

void MergedInput::say_notices() {
  for (const merge::Notice& notice : merge_.notices()) {
    const bool lags = notice.kind == merge::Notice::Kind::lags;
    reporter_.warning(fmt::format(
        "{}{}", merge_.name(notice.source),
        lags ? " lags behind: its operations come late, and the others no longer wait for it"
             : " is back: operations are in order again"));
  }
}

// False if the time is over, or a stop was requested.
bool MergedInput::wait_until(std::optional<Clock::time_point> deadline) {
  const auto hold_ends = merge_.deadline();
  auto until = deadline.value_or(Clock::time_point::max());
  if (hold_ends) until = std::min(until, *hold_ends);
  std::unique_lock lock(bell_.mutex);
  const auto rung = [this] { return bell_.times != heard_rings_; };
  if (until == Clock::time_point::max()) return bell_.rung.wait(lock, stop_, rung);
  if (bell_.rung.wait_until(lock, stop_, until, rung)) return true;
  return !stop_.stop_requested() && (!deadline || Clock::now() < *deadline);
}

}  // namespace mongotail::tail

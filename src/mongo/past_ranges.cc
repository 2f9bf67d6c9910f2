#include "mongo/past_ranges.h"

#include <algorithm>
#include <utility>

namespace mongotail::mongo {
namespace {

using Clock = std::chrono::steady_clock;

// A range should take this part of what a read may take at most: so that nobody waits long for the
// last one, and what is read out of turn stays little.
constexpr int ranges_in_longest_wait = 4;

// Sharing out what is read in no time would only take time.
constexpr std::uint32_t shares_of_pace = 16;

std::size_t bytes_of(const ReadBatch& batch) {
  std::size_t bytes = 0;
  for (const bson::Document& entry : batch.entries) bytes += entry.size();
  return bytes;
}

}  // namespace

bson::OwnedDocument range_filter(const Start& start, std::optional<bson::Timestamp> last,
                                 bson::Document filter) {
  bson::Builder builder;
  builder.open_document("ts");
  if (const auto* after = std::get_if<AfterEntry>(&start)) {
    builder.append(after->again ? "$gte" : "$gt", after->optime.ts);
  } else {
    builder.append("$gte", std::get<FromTimestamp>(start).ts);
  }
  if (last) builder.append("$lte", *last);
  builder.close();
  for (const bson::Element& field : filter) builder.append(field);
  return builder.take();
}

std::uint32_t span_of(const PastRange& rest, const ScanPace& pace, std::size_t jobs) {
  const std::uint32_t begin = start_ts(rest.start).seconds;
  const std::uint32_t seconds = rest.last.seconds - std::min(begin, rest.last.seconds);
  if (jobs < 2) return pace.span();
  const auto shares = static_cast<std::uint32_t>(2 * jobs);
  const std::uint32_t least = std::max(pace.span() / shares_of_pace, 1u);
  return std::min(pace.span(), std::max(seconds / shares, least));
}

Result<PastRange> first_range(OplogReader& reader, const PastRange& rest, std::uint32_t span,
                              ReadConcern read_concern) {
  const auto end = reader.first_from({start_ts(rest.start).seconds + span, 0}, read_concern);
  if (!end) return fail(end.error());
  if (!*end || (*end)->ts >= rest.last) return rest;
  return PastRange{rest.start, (*end)->ts, **end, false};
}

PastRange rest_after(const PastRange& range, const PastRange& rest) {
  return {AfterEntry{range.end}, rest.last, rest.end, true};
}

// A range that a thread reads.
struct PastRanges::Job {
  PastRange range;
  std::deque<ReadBatch> batches;
  bool opened = false;
  bool ended = false;
  std::optional<Error> failure;
};

PastRanges::PastRanges(Connect connect, Plan plan)
    : connect_(std::move(connect)), plan_(std::move(plan)), rest_(plan_.rest), pace_(plan_.pace) {}

PastRanges::~PastRanges() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void PastRanges::work_with(std::size_t jobs) {
  while (threads_.size() < jobs) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

void PastRanges::work(const std::stop_token& stop) {
  const auto reader = connect_();
  if (!reader) {
    // Fewer do as well.
    std::unique_lock lock(mutex_);
    if (++unconnected_ < plan_.jobs) return;
    lock.unlock();
    const auto job = std::make_shared<Job>();
    add(job);
    give_up(*job, reader.error(), false);
    return;
  }
  while (const auto job = claim(**reader, stop)) {
    if (!read(**reader, *job, stop)) return;
  }
}

std::uint32_t PastRanges::span(const PastRange& rest) const {
  const std::scoped_lock lock(mutex_);
  return span_of(rest, pace_, plan_.jobs);
}

std::shared_ptr<PastRanges::Job> PastRanges::claim(OplogReader& reader,
                                                   const std::stop_token& stop) {
  std::unique_lock planning(planning_);
  if (!rest_ || stop.stop_requested()) return nullptr;
  const auto range = first_range(reader, *rest_, span(*rest_), plan_.read_concern);
  auto job = std::make_shared<Job>();
  if (range) {
    job->range = *range;
    rest_ = range->is_rest ? std::nullopt : std::optional(rest_after(*range, *rest_));
  }
  add(job);
  if (range) return job;
  planning.unlock();
  give_up(*job, range.error(), false);
  return nullptr;
}

void PastRanges::add(std::shared_ptr<Job> job) {
  const std::scoped_lock lock(mutex_);
  jobs_.push_back(std::move(job));
}

// False if no more is to be read.
bool PastRanges::read(OplogReader& reader, Job& job, const std::stop_token& stop) {
  const auto filter = range_filter(job.range.start, job.range.last, plan_.filter.view());
  auto asked_at = Clock::now();
  const auto opened = reader.open({filter, plan_.read_concern, OplogQuery::Kind::forward});
  Duration took = Clock::now() - asked_at;
  if (!opened) {
    give_up(job, opened.error(), reader.took_too_long(asked_at));
    return false;
  }
  {
    const std::scoped_lock lock(mutex_);
    job.opened = true;
  }
  changed_.notify_all();
  while (wait_for_room(job, stop)) {
    asked_at = Clock::now();
    auto batch = reader.next();
    took += Clock::now() - asked_at;
    if (!batch) {
      give_up(job, batch.error(), reader.took_too_long(asked_at));
      return false;
    }
    if (!*batch) {
      end(job, took, std::chrono::milliseconds(reader.longest_wait_ms()));
      return true;
    }
    const std::scoped_lock lock(mutex_);
    waiting_bytes_ += bytes_of(**batch);
    job.batches.push_back(**std::move(batch));
    changed_.notify_all();
  }
  return false;
}

bool PastRanges::wait_for_room(const Job& job, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] {
    const bool awaited = jobs_.front().get() == &job && job.batches.empty();
    return awaited || waiting_bytes_ < plan_.kept_bytes;
  }) && !stop.stop_requested();
}

void PastRanges::end(Job& job, Duration took, std::chrono::milliseconds wanted) {
  {
    const std::scoped_lock lock(mutex_);
    job.ended = true;
    pace_.took(took, wanted / ranges_in_longest_wait);
  }
  changed_.notify_all();
}

// A thread that reads a range finishes it; nothing new is begun.
void PastRanges::give_up(Job& job, Error error, bool slow) {
  {
    const std::scoped_lock planning(planning_);
    rest_ = std::nullopt;
  }
  {
    const std::scoped_lock lock(mutex_);
    job.failure = std::move(error);
    slow_ = slow_ || slow;
  }
  changed_.notify_all();
}

Result<std::optional<PastRange>> PastRanges::open_next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait(lock, stop, [&] {
    return !jobs_.empty() && (jobs_.front()->opened || jobs_.front()->failure);
  });
  if (!there) return std::nullopt;
  const Job& job = *jobs_.front();
  if (!job.opened) return fail(*job.failure);
  return job.range;
}

Result<std::optional<ReadBatch>> PastRanges::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Job& job = *jobs_.front();
  const bool there =
      changed_.wait(lock, stop, [&] { return !job.batches.empty() || job.ended || job.failure; });
  if (!there) return ReadBatch();
  if (!job.batches.empty()) {
    ReadBatch batch = std::move(job.batches.front());
    job.batches.pop_front();
    waiting_bytes_ -= bytes_of(batch);
    lock.unlock();
    changed_.notify_all();
    return batch;
  }
  if (job.failure) return fail(*job.failure);
  jobs_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return std::nullopt;
}

bool PastRanges::took_too_long() const {
  const std::scoped_lock lock(mutex_);
  return slow_;
}

ScanPace PastRanges::pace() const {
  const std::scoped_lock lock(mutex_);
  return pace_;
}

}  // namespace mongotail::mongo

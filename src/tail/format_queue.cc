#include "tail/format_queue.h"

#include <algorithm>
#include <utility>

namespace mongotail::tail {

FormatQueue::FormatQueue(output::Formatter& callers, output::Formatter& helpers)
    : callers_(callers), helpers_(helpers) {
  helper_ = std::jthread([this](std::stop_token stop) { help(std::move(stop)); });
}

FormatQueue::~FormatQueue() {
  helper_.request_stop();
  helper_.join();
}

void FormatQueue::push(LineBlock block) {
  const std::size_t bytes = block.added();
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back({std::move(block), bytes});
    ++waiting_;
  }
  bytes_ += bytes;
  given_.notify_one();
}

LineBlock FormatQueue::pop() {
  std::unique_lock lock(mutex_);
  while (jobs_.front().state != State::done) {
    if (!format_next(callers_, lock)) done_.wait(lock);
  }
  return take_front();
}

std::optional<LineBlock> FormatQueue::pop_if_done() {
  const std::scoped_lock lock(mutex_);
  if (jobs_.empty() || jobs_.front().state != State::done) return std::nullopt;
  return take_front();
}

LineBlock FormatQueue::take_front() {
  LineBlock block = std::move(jobs_.front().block);
  bytes_ -= jobs_.front().bytes;
  jobs_.pop_front();
  return block;
}

void FormatQueue::help(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (given_.wait(lock, stop, [this] { return waiting_ > 0; })) {
    if (stop.stop_requested()) return;
    format_next(helpers_, lock);
    done_.notify_one();
  }
}

// False if no job waits. Adding and removing others leaves a deque's element in its place.
bool FormatQueue::format_next(output::Formatter& formatter, std::unique_lock<std::mutex>& lock) {
  if (waiting_ == 0) return false;
  Job& job = *std::ranges::find(jobs_, State::waiting, &Job::state);
  job.state = State::taken;
  --waiting_;
  lock.unlock();
  job.block.format(formatter);
  lock.lock();
  job.state = State::done;
  return true;
}

}  // namespace mongotail::tail

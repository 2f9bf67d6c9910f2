#include "tail/read_ahead.h"

#include <utility>

namespace mongotail::tail {
namespace {

std::size_t bytes_of(const ReadAhead::Item& item) {
  if (!item || !*item) return 0;
  std::size_t bytes = 0;
  for (const bson::Document& entry : (*item)->entries) bytes += entry.size();
  return bytes;
}

}  // namespace

ReadAhead::ReadAhead(std::unique_ptr<oplog::Source> source, std::stop_token stop,
                     std::function<void()> came, std::size_t large)
    : source_(std::move(source)),
      stop_(std::move(stop)),
      came_(std::move(came)),
      large_item_(large) {
  thread_ = std::jthread([this](std::stop_token own_stop) { run(std::move(own_stop)); });
}

ReadAhead::~ReadAhead() {
  thread_.request_stop();
  changed_.notify_all();
}

void ReadAhead::run(std::stop_token own_stop) {
  for (bool more = true; more && !own_stop.stop_requested() && !stop_.stop_requested();) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, own_stop, [this] { return has_room(); });
    if (own_stop.stop_requested()) return;
    lock.unlock();
    Item item = source_->next();
    more = item && *item;
    const std::size_t bytes = bytes_of(item);
    lock.lock();
    waiting_bytes_ += bytes;
    items_.push_back(std::move(item));
    const bool awaited = items_.size() == 1;
    lock.unlock();
    // Whoever is woken with the lock still held only goes to sleep again.
    if (!awaited) continue;
    changed_.notify_all();
    if (came_) came_();
  }
}

std::optional<ReadAhead::Item> ReadAhead::next(std::optional<std::chrono::milliseconds> patience) {
  std::unique_lock lock(mutex_);
  if (std::exchange(taken_bytes_, 0) >= large_item_) changed_.notify_all();
  const auto there = [this] { return !items_.empty(); };
  if (!there()) {
    if (patience && patience->count() == 0) return std::nullopt;
    const bool came = patience ? changed_.wait_for(lock, stop_, *patience, there)
                               : changed_.wait(lock, stop_, there);
    if (!came) return std::nullopt;
  }
  const bool had_room = has_room();
  Item item = std::move(items_.front());
  items_.pop_front();
  taken_bytes_ = bytes_of(item);
  waiting_bytes_ -= taken_bytes_;
  const bool awaited = !had_room && has_room();
  lock.unlock();
  if (awaited) changed_.notify_all();
  return item;
}

bool ReadAhead::ready() const {
  const std::scoped_lock lock(mutex_);
  return !items_.empty();
}

}  // namespace mongotail::tail

#include "plan/shard_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/back_off.h"

namespace mongotail::plan {
namespace {

template <typename T>
std::optional<T> take_first(std::deque<T>& waiting) {
  if (waiting.empty()) return std::nullopt;
  std::optional<T> first = std::move(waiting.front());
  waiting.pop_front();
  return first;
}

}  // namespace

ShardWatch::ShardWatch(Shards& shards, const std::vector<std::string>& known,
                       const match::Predicate& predicate, Reporter& reporter,
                       std::function<void()> came, Options options)
    : shards_(shards),
      predicate_(predicate),
      reporter_(reporter),
      came_(std::move(came)),
      options_(options) {
  for (const std::string& name : known) known_.push_back({name, known_.size()});
  thread_ = std::jthread([this](const std::stop_token& stop) { this->run(stop); });
}

void ShardWatch::run(const std::stop_token& stop) {
  while (pause(options_.between_looks, stop)) look();
}

// What can't be asked now is asked again.
void ShardWatch::look() {
  const auto shards = shards_.shards_now();
  if (!shards) {
    if (!std::exchange(blind_, true)) {
      reporter_.warning("can't see whether shards were added: " + shards.error().what);
    }
    return;
  }
  blind_ = false;
  for (const mongo::Shard& shard : *shards) {
    const auto known = std::ranges::find(known_, shard.name, &Known::name);
    if (known != known_.end()) {
      see(*known);
    } else {
      add(shard);
    }
  }
  for (Known& known : known_) {
    if (std::ranges::find(*shards, known.name, &mongo::Shard::name) == shards->end()) miss(known);
  }
}

void ShardWatch::add(const mongo::Shard& shard) {
  auto opened = shards_.open_new_shard(shard, predicate_);
  if (!opened) {
    if (std::exchange(said_, opened.error().what) != said_) {
      reporter_.warning(fmt::format("shard {} was added, and can't be read yet: {}; {}", shard.name,
                                    opened.error().what, opened.error().hint));
    }
    return;
  }
  known_.push_back({shard.name, opened->number});
  reporter_.notice(fmt::format("shard {} was added to the cluster", shard.name));
  {
    const std::scoped_lock lock(mutex_);
    added_.push_back(*std::move(opened));
    some_ = true;
  }
  came_();
}

// The cursor of one that has ended can't be that of another.
void ShardWatch::see(Known& known) {
  if (known.state == Known::State::removed) known.state = Known::State::in_cluster;
  if (known.state == Known::State::ended && !std::exchange(known.said_again, true)) {
    reporter_.warning(fmt::format(
        "shard {} was added to the cluster again; restart mongotail to follow it", known.name));
  }
}

// What is written to it from now on is not the cluster's.
void ShardWatch::miss(Known& known) {
  if (known.state == Known::State::ended) return;
  if (std::exchange(known.state, Known::State::removed) == Known::State::in_cluster) {
    reporter_.warning(fmt::format("shard {} was removed from the cluster", known.name));
    known.removed_at = Clock::now();
  }
  const auto newest = shards_.newest_of(known.number);
  if (newest) {
    end(known, *newest);
  } else if (Clock::now() - known.removed_at >= options_.patience_with_removed) {
    reporter_.warning(
        fmt::format("shard {} does not answer: what it wrote last may be missing", known.name));
    end(known, std::nullopt);
  }
}

void ShardWatch::end(Known& known, std::optional<bson::Timestamp> last) {
  known.state = Known::State::ended;
  {
    const std::scoped_lock lock(mutex_);
    removed_.push_back({known.name, known.number, last, shards_.stop_of(known.number)});
    some_ = true;
  }
  came_();
}

std::optional<OpenSource> ShardWatch::take_added() {
  if (!some_) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  return take_first(added_);
}

std::optional<ShardWatch::Removed> ShardWatch::take_removed() {
  if (!some_) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  auto removed = take_first(removed_);
  if (!removed && added_.empty()) some_ = false;
  return removed;
}

}  // namespace mongotail::plan

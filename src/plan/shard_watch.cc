#include "plan/shard_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <utility>

namespace mongotail::plan {
namespace {

// A new shard is promised within 30 s.
constexpr std::chrono::seconds pause{5};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

ShardWatch::ShardWatch(SeveralRun& run, const match::Predicate& predicate, Reporter& reporter,
                       std::function<void()> came)
    : run_(run), predicate_(predicate), reporter_(reporter), came_(std::move(came)) {
  for (const OpenSource& source : run.sources()) known_.push_back(source.name);
  thread_ = std::jthread([this](const std::stop_token& stop) { this->run(stop); });
}

void ShardWatch::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any sleep;
  std::unique_lock lock(mutex);
  while (!sleep.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) return;
    look();
  }
}

// What can't be asked now is asked again.
void ShardWatch::look() {
  const auto shards = run_.shards_now();
  if (!shards) {
    if (std::exchange(said_, shards.error().what) != said_) {
      reporter_.warning("can't see whether shards were added: " + shards.error().what);
    }
    return;
  }
  said_.clear();
  for (const mongo::Shard& shard : *shards) {
    std::erase(gone_, shard.name);
    if (has(known_, shard.name)) continue;
    auto opened = run_.open_new_shard(shard, predicate_);
    if (!opened) {
      if (std::exchange(said_, opened.error().what) != said_) {
        reporter_.warning(fmt::format("shard {} was added, and can't be read yet: {}", shard.name,
                                      opened.error().what));
      }
      continue;
    }
    known_.push_back(shard.name);
    reporter_.notice(fmt::format("shard {} was added to the cluster", shard.name));
    {
      const std::scoped_lock lock(mutex_);
      added_.push_back(*std::move(opened));
      some_ = true;
    }
    came_();
  }
  for (const std::string& name : known_) {
    if (std::ranges::find(*shards, name, &mongo::Shard::name) != shards->end()) continue;
    if (has(gone_, name)) continue;
    gone_.push_back(name);
    reporter_.warning(fmt::format("shard {} was removed from the cluster", name));
  }
}

std::optional<OpenSource> ShardWatch::take() {
  if (!some_) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  if (added_.empty()) {
    some_ = false;
    return std::nullopt;
  }
  OpenSource source = std::move(added_.front());
  added_.pop_front();
  return source;
}

}  // namespace mongotail::plan

#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/reporter.h"
#include "plan/several_run.h"

namespace mongotail::plan {

/// Looks every few seconds whether the cluster has other shards than it had, on a thread of its
/// own: new ones are opened for whoever reads, of those that are gone it is said so.
class ShardWatch {
 public:
  /// `came` is called by the thread once there is something to take(). All must outlive the object.
  ShardWatch(SeveralRun& run, const match::Predicate& predicate, Reporter& reporter,
             std::function<void()> came);
  ShardWatch(const ShardWatch&) = delete;
  ShardWatch& operator=(const ShardWatch&) = delete;
  /// May take as long as one question to the cluster.
  ~ShardWatch() = default;

  /// A shard that was added; cheap where there is none.
  std::optional<OpenSource> take();

 private:
  void run(const std::stop_token& stop);
  void look();

  SeveralRun& run_;
  const match::Predicate& predicate_;
  Reporter& reporter_;
  std::function<void()> came_;
  std::vector<std::string> known_;
  std::vector<std::string> gone_;
  std::string said_;
  std::atomic<bool> some_ = false;
  std::mutex mutex_;
  std::deque<OpenSource> added_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mongotail::plan

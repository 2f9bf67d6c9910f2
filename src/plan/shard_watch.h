#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/reporter.h"
#include "plan/shards.h"

namespace mongotail::plan {

/// Looks every few seconds whether the cluster has other shards than it had, on a thread of its
/// own: new ones are opened for whoever reads, those that are gone are handed out with their ends.
class ShardWatch {
 public:
  struct Options {
    std::chrono::milliseconds between_looks{5'000};  ///< a new shard is promised within 30 s
    /// How long to wait for the newest entry of a shard that was removed.
    std::chrono::milliseconds patience_with_removed{10'000};
  };
  /// `known`: the names of the shards that are read, in the order of their numbers. `came` is
  /// called by the thread once there is something to take. All must outlive the object.
  ShardWatch(Shards& shards, const std::vector<std::string>& known,
             const match::Predicate& predicate, Reporter& reporter, std::function<void()> came,
             Options options);
  ShardWatch(Shards& shards, const std::vector<std::string>& known,
             const match::Predicate& predicate, Reporter& reporter, std::function<void()> came)
      : ShardWatch(shards, known, predicate, reporter, std::move(came), Options()) {}
  ShardWatch(const ShardWatch&) = delete;
  ShardWatch& operator=(const ShardWatch&) = delete;
  /// May take as long as one question to the cluster.
  ~ShardWatch() = default;

  /// A shard that was added; cheap if there is none.
  std::optional<OpenSource> take_added();

  /// A shard that is no longer in the cluster.
  struct Removed {
    std::string name;
    std::size_t number;                   ///< OpenSource::number
    std::optional<bson::Timestamp> last;  ///< of its entries; nullopt: it does not answer
    std::stop_source stop;                ///< ends the reading
  };
  /// Likewise.
  std::optional<Removed> take_removed();

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    std::string name;
    std::size_t number;
    enum class State { in_cluster, removed, ended } state = State::in_cluster;
    Clock::time_point removed_at = {};
    bool said_again = false;  // that it was added again
  };

  void run(const std::stop_token& stop);
  void look();
  void add(const mongo::Shard& shard);
  void see(Known& known);
  void miss(Known& known);
  void end(Known& known, std::optional<bson::Timestamp> last);

  Shards& shards_;
  const match::Predicate& predicate_;
  Reporter& reporter_;
  std::function<void()> came_;
  const Options options_;
  std::vector<Known> known_;
  bool blind_ = false;  // the cluster can't be asked
  std::string said_;    // why a new shard can't be read
  std::atomic<bool> some_ = false;
  std::mutex mutex_;
  std::deque<OpenSource> added_;
  std::deque<Removed> removed_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mongotail::plan

#include "plan/shard_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "scripted_source.h"

namespace mongotail::plan {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto patience = 20s;

/// A cluster that a test changes. Each look at it is counted.
class ScriptedShards final : public Shards {
 public:
  Result<std::vector<mongo::Shard>> shards_now() override {
    const std::scoped_lock lock(mutex_);
    ++looks_;
    looked_.notify_all();
    if (!answers_) return fail(Cause::connection, "no primary");
    std::vector<mongo::Shard> all;
    for (const std::string& name : names_) all.push_back({name, name, name + ":1"});
    return all;
  }
  Result<OpenSource> open_new_shard(const mongo::Shard& shard, const match::Predicate&) override {
    const std::scoped_lock lock(mutex_);
    if (refuses_) return fail(Cause::unauthorized, shard.name + " refuses", "grant read");
    OpenSource source;
    source.name = shard.name;
    source.number = numbers_++;
    return source;
  }
  Result<bson::Timestamp> newest_of(std::size_t source) override {
    const std::scoped_lock lock(mutex_);
    const auto found = newest_.find(source);
    if (found == newest_.end()) return fail(Cause::unreachable, "gone");
    return found->second;
  }
  std::stop_source stop_of(std::size_t source) const override { return stops_.at(source); }

  void change(const std::function<void(ScriptedShards&)>& change) {
    const std::scoped_lock lock(mutex_);
    change(*this);
  }
  /// Until what is there now has been looked at, and what was to be done about it is done.
  void wait_for_looks() {
    std::unique_lock lock(mutex_);
    const int seen = looks_;
    ASSERT_TRUE(looked_.wait_for(lock, patience, [&] { return looks_ >= seen + 3; }));
  }

  std::vector<std::string> names_{"a", "b"};
  bool answers_ = true, refuses_ = false;
  std::map<std::size_t, bson::Timestamp> newest_;

 private:
  std::mutex mutex_;
  std::condition_variable looked_;
  int looks_ = 0;
  std::size_t numbers_ = 2;
  std::vector<std::stop_source> stops_{4};
};

class ShardWatchTest : public testing::Test {
 protected:
  void start(std::chrono::milliseconds patience_with_removed = 1h) {
    watch_.emplace(
        shards_, std::vector<std::string>{"a", "b"}, predicate_, reporter_, [this] { ++came_; },
        ShardWatch::Options{1ms, patience_with_removed});
  }
  void change(const std::function<void(ScriptedShards&)>& how) {
    shards_.change(how);
    shards_.wait_for_looks();
  }
  /// What it has said is read without its thread.
  void stop() { watch_.reset(); }

  ScriptedShards shards_;
  match::Predicate predicate_ = *match::Predicate::make({});
  RecordingReporter reporter_;
  std::atomic<int> came_ = 0;
  std::optional<ShardWatch> watch_;
};

TEST_F(ShardWatchTest, AClusterThatStaysAsItIsSaysNothing) {
  start();
  shards_.wait_for_looks();
  EXPECT_FALSE(watch_->take_added());
  EXPECT_FALSE(watch_->take_removed());
  stop();
  EXPECT_EQ(came_, 0);
  EXPECT_THAT(reporter_.warnings, IsEmpty());
}

TEST_F(ShardWatchTest, AnAddedShardIsOpenedOnceAndHandedOut) {
  start();
  change([](auto& cluster) { cluster.names_ = {"a", "b", "c"}; });
  const auto added = watch_->take_added();
  ASSERT_TRUE(added);
  EXPECT_EQ(added->name, "c");
  EXPECT_EQ(added->number, 2u);
  EXPECT_FALSE(watch_->take_added());
  stop();
  EXPECT_EQ(came_, 1);
}

TEST_F(ShardWatchTest, AnAddedShardThatCantBeReadIsTriedAgainAndReportedOnce) {
  start();
  change([](auto& cluster) {
    cluster.names_ = {"a", "b", "c"};
    cluster.refuses_ = true;
  });
  EXPECT_FALSE(watch_->take_added());
  change([](auto& cluster) { cluster.refuses_ = false; });
  EXPECT_TRUE(watch_->take_added());
  stop();
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("can't be read yet: c refuses")));
}

TEST_F(ShardWatchTest, ARemovedShardEndsAtItsNewestEntry) {
  start();
  change([](auto& cluster) {
    cluster.newest_[1] = {70, 3};
    cluster.names_ = {"a"};
  });
  auto removed = watch_->take_removed();
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->name, "b");
  EXPECT_EQ(removed->number, 1u);
  EXPECT_EQ(removed->last, (bson::Timestamp{70, 3}));
  EXPECT_EQ(removed->stop, shards_.stop_of(1));
  EXPECT_FALSE(watch_->take_removed());
  stop();
  EXPECT_THAT(reporter_.warnings, ElementsAre("shard b was removed from the cluster"));
}

TEST_F(ShardWatchTest, ARemovedShardThatDoesNotAnswerIsWaitedFor) {
  start();
  change([](auto& cluster) { cluster.names_ = {"a"}; });
  EXPECT_FALSE(watch_->take_removed());
  change([](auto& cluster) { cluster.newest_[1] = {70, 3}; });
  const auto removed = watch_->take_removed();
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->last, (bson::Timestamp{70, 3}));
}

TEST_F(ShardWatchTest, ARemovedShardThatStaysSilentEndsAtOnce) {
  start(0ms);
  change([](auto& cluster) { cluster.names_ = {"a"}; });
  const auto removed = watch_->take_removed();
  ASSERT_TRUE(removed);
  EXPECT_FALSE(removed->last);
  stop();
  EXPECT_THAT(reporter_.warnings,
              ElementsAre("shard b was removed from the cluster",
                          "shard b does not answer: what it wrote last may be missing"));
}

TEST_F(ShardWatchTest, AShardThatIsBackBeforeItsEndWasFoundStays) {
  start();
  change([](auto& cluster) { cluster.names_ = {"a"}; });
  change([](auto& cluster) { cluster.names_ = {"a", "b"}; });
  change([](auto& cluster) { cluster.newest_[1] = {70, 3}; });
  EXPECT_FALSE(watch_->take_removed());
  EXPECT_FALSE(watch_->take_added());
}

TEST_F(ShardWatchTest, AShardThatIsAddedAgainAfterItsEndIsReportedOnce) {
  start();
  change([](auto& cluster) {
    cluster.newest_[1] = {70, 3};
    cluster.names_ = {"a"};
  });
  EXPECT_TRUE(watch_->take_removed());
  change([](auto& cluster) { cluster.names_ = {"a", "b"}; });
  EXPECT_FALSE(watch_->take_added());
  stop();
  EXPECT_THAT(reporter_.warnings, ElementsAre("shard b was removed from the cluster",
                                              HasSubstr("shard b was added to the cluster again")));
}

TEST_F(ShardWatchTest, AClusterThatCantBeAskedIsReportedOnceUntilItAnswers) {
  start();
  change([](auto& cluster) { cluster.answers_ = false; });
  change([](auto& cluster) {
    cluster.answers_ = true;
    cluster.names_ = {"a", "b", "c"};
  });
  EXPECT_TRUE(watch_->take_added());
  change([](auto& cluster) { cluster.answers_ = false; });
  stop();
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("no primary"), HasSubstr("no primary")));
}

}  // namespace
}  // namespace mongotail::plan

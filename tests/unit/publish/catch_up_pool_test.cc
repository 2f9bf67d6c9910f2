#include "publish/catch_up_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sample_entries.h"
#include "scripted_source.h"

namespace mongotail::publish {
namespace {

using bson::Timestamp;
using serve::SubscriberId;
using ::testing::ElementsAre;

constexpr oplog::OpTime published{{50, 1}, 1};
constexpr oplog::OpTime newest{{60, 1}, 1};

oplog::Batch entries(std::initializer_list<std::string_view> list,
                     std::optional<oplog::OpTime> watermark = std::nullopt) {
  oplog::Batch batch = batch_of(list);
  batch.watermark = watermark;
  return batch;
}

/// Answers each request with what a test prepares, and keeps the requests.
class ScriptedHistory final : public read::History {
 public:
  using Answer = std::function<Result<read::OpenRead>()>;

  Result<read::OpenRead> open(const read::ReadRequest& request, const match::Predicate&,
                              std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    return answer_();
  }

  /// Each read gets a copy of these.
  void hold(std::vector<oplog::Batch> batches, read::SelectOptions select = {},
            bool rolled_back = false) {
    const std::scoped_lock lock(mutex_);
    answer_ = [=] {
      read::OpenRead opened;
      opened.plan.tail.last = newest.ts;
      opened.plan.select = select;
      opened.lookup = std::make_unique<NoLookup>();
      if (rolled_back) opened.lookup = std::make_unique<RolledBackLookup>();
      std::deque<ScriptedSource::Item> items(batches.begin(), batches.end());
      opened.source = std::make_unique<ScriptedSource>(std::move(items));
      return opened;
    };
  }
  void refuse(Error error) {
    const std::scoped_lock lock(mutex_);
    answer_ = [=] { return Result<read::OpenRead>(fail(error)); };
  }
  std::vector<read::ReadRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<read::ReadRequest> requests_;
  Answer answer_;
};

/// Writes down what it is told, a word each, with the subscriber's number.
class RecordingReceiver final : public CatchUpReceiver {
 public:
  resume::Cursor top() const override { return resume::Cursor{published}; }
  void caught(SubscriberId id, serve::SharedBlock block,
              const std::optional<resume::Cursor>& position) override {
    std::string word = "caught";
    for (std::size_t i = 0; block && i < block->size(); ++i) {
      word += " " + std::to_string(block->place(i).optime.ts.seconds);
    }
    if (position) word += " at " + std::to_string(position->optime.ts.seconds);
    add(id, word);
  }
  void catch_up_paused(SubscriberId id) override { add(id, "paused"); }
  void caught_up(SubscriberId id, resume::Cursor place) override {
    add(id, "caught up at " + oplog::to_string(place.optime.ts));
  }
  void catch_up_ended(SubscriberId id, serve::End::Reason reason, const Error&) override {
    add(id, "ended " + std::string(serve::name_of(reason)));
  }

  /// All words, once there are so many.
  std::vector<std::string> words(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return words_.size() >= count; });
    return words_;
  }
  /// Whether that one comes.
  bool hears(const std::string& word) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::find(words_.begin(), words_.end(), word) != words_.end();
    });
  }

 private:
  void add(SubscriberId id, const std::string& word) {
    const std::scoped_lock lock(mutex_);
    words_.push_back(std::to_string(id) + " " + word);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> words_;
};

class CatchUpPoolTest : public ::testing::Test {
 protected:
  CatchUpPoolTest() { allowed_.ns = {"a.b"}; }

  static std::shared_ptr<const SubscriberRequest> wish(read::ReadRequest request) {
    return std::make_shared<const SubscriberRequest>(std::move(request), serve::Form::lines,
                                                     serve::Line::entry);
  }
  static std::shared_ptr<const SubscriberRequest> everything() {
    read::ReadRequest request;
    request.start = oplog::Oldest{};
    return wish(request);
  }
  static std::shared_ptr<const SubscriberRequest> all_there_is() {
    read::ReadRequest request;
    request.start = oplog::Oldest{};
    request.follow = false;
    return wish(request);
  }

  match::Selection allowed_;
  ScriptedHistory history_;
  RecordingReceiver receiver_;
};

TEST_F(CatchUpPoolTest, ReadsUpToWhatIsPublishedAndSaysSo) {
  history_.hold({entries({insert_10, secret_11}, oplog::OpTime{{11, 1}, 1}), entries({insert_12})});
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, everything(), std::nullopt);
  receiver_.words(2);
  pool.block_taken(7);
  EXPECT_THAT(receiver_.words(3),
              ElementsAre("7 caught 10 at 11", "7 caught 12", "7 caught up at 50:1"));
  const read::ReadRequest asked = history_.requests().front();
  EXPECT_EQ(asked.last, published.ts);
  EXPECT_TRUE(asked.follow);
  ASSERT_TRUE(asked.bound);
  EXPECT_THAT(asked.bound->ns, ElementsAre("a.b"));
}

TEST_F(CatchUpPoolTest, ResumesWhereTheSubscriberStandsThoughItAskedForAnotherStart) {
  read::SelectOptions select;
  select.resume_after = resume::Cursor{{{10, 1}, 1}, std::nullopt};
  history_.hold({entries({insert_10, insert_12})}, select);
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, everything(), resume::Cursor{{{10, 1}, 1}, 3});
  EXPECT_THAT(receiver_.words(2), ElementsAre("7 caught 12", "7 caught up at 50:1"));
  EXPECT_EQ(history_.requests().front().after, (resume::Cursor{{{10, 1}, 1}, 3}));
}

TEST_F(CatchUpPoolTest, WhoStandsPastWhatIsPublishedIsReadToUpToThere) {
  history_.hold({});
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, everything(), resume::Cursor{newest});
  EXPECT_THAT(receiver_.words(1), ElementsAre("7 caught up at 60:1"));
}

TEST_F(CatchUpPoolTest, AnEndThatIsPublishedAlreadyIsExclusive) {
  read::ReadRequest request;
  request.start = oplog::Oldest{};
  request.end = oplog::At{{20, 0}};
  history_.hold({});
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, wish(request), std::nullopt);
  receiver_.words(1);
  EXPECT_EQ(history_.requests().front().last,
            (Timestamp{19, std::numeric_limits<std::uint32_t>::max()}));
}

TEST_F(CatchUpPoolTest, TheLastLinesAreThoseOfTheOplogThatIsReadAndNotOnlyOfWhatIsPublished) {
  read::ReadRequest request;
  request.lines = 1;
  read::SelectOptions select;
  select.skip = 1;
  history_.hold({entries({insert_10, insert_12})}, select);
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, wish(request), std::nullopt);
  EXPECT_THAT(receiver_.words(2), ElementsAre("7 caught 12", "7 caught up at 60:1"));
  EXPECT_FALSE(history_.requests().front().follow);
  EXPECT_FALSE(history_.requests().front().last);
}

TEST_F(CatchUpPoolTest, WhatEndsWithTheNewestEntryIsDoneThere) {
  history_.hold({entries({insert_10})});
  CatchUpPool pool(history_, allowed_, receiver_, {});
  pool.start(7, all_there_is(), std::nullopt);
  EXPECT_THAT(receiver_.words(2), ElementsAre("7 caught 10", "7 ended done"));
}

TEST_F(CatchUpPoolTest, WhoTakesNothingMakesRoomAndStillEndsWhereTheOplogEndedAtFirst) {
  history_.hold({entries({insert_10}, oplog::OpTime{{10, 1}, 1}),
                 entries({insert_12}, oplog::OpTime{{12, 1}, 1}), entries({insert_12})});
  CatchUpPool::Options options;
  options.threads = 1;
  options.patience_with_reader = std::chrono::milliseconds(1);
  CatchUpPool pool(history_, allowed_, receiver_, {}, options);
  pool.start(7, all_there_is(), std::nullopt);
  receiver_.words(2);  // it waits by now for them to be taken
  pool.start(8, everything(), std::nullopt);
  ASSERT_TRUE(receiver_.hears("7 paused"));
  history_.hold({});
  pool.cancel(8);
  pool.start(7, all_there_is(), resume::Cursor{{{12, 1}, 1}});
  ASSERT_TRUE(receiver_.hears("7 ended done"));
  const read::ReadRequest again = history_.requests().back();
  EXPECT_EQ(again.after, (resume::Cursor{{{12, 1}, 1}, std::nullopt}));
  EXPECT_EQ(again.last, newest.ts);
  EXPECT_TRUE(again.follow);
}

TEST_F(CatchUpPoolTest, AnEndThatWasKeptForWhoMadeRoomGoesWithIt) {
  history_.hold({entries({insert_10}, oplog::OpTime{{10, 1}, 1}),
                 entries({insert_12}, oplog::OpTime{{12, 1}, 1})});
  CatchUpPool::Options options;
  options.threads = 1;
  options.patience_with_reader = std::chrono::milliseconds(1);
  CatchUpPool pool(history_, allowed_, receiver_, {}, options);
  pool.start(7, all_there_is(), std::nullopt);
  receiver_.words(2);
  pool.start(8, everything(), std::nullopt);
  ASSERT_TRUE(receiver_.hears("7 paused"));
  history_.hold({});
  pool.cancel(8);
  pool.cancel(7);
  pool.start(7, all_there_is(), std::nullopt);
  ASSERT_TRUE(receiver_.hears("7 ended done"));
  EXPECT_FALSE(history_.requests().back().last);
}

TEST_F(CatchUpPoolTest, TheReasonOfAFailureIsTold) {
  CatchUpPool pool(history_, allowed_, receiver_, {});
  history_.refuse({Cause::history_lost, "it is gone", ""});
  pool.start(1, everything(), std::nullopt);
  receiver_.words(1);
  history_.refuse({Cause::connection, "no server", ""});
  pool.start(2, everything(), std::nullopt);
  receiver_.words(2);
  oplog::Batch void_now = entries({});
  void_now.rolled_back_to = oplog::OpTime{{5, 1}, 1};
  history_.hold({void_now});
  pool.start(3, everything(), std::nullopt);
  EXPECT_THAT(receiver_.words(3),
              ElementsAre("1 ended lost", "2 ended failed", "3 ended rolled_back"));
}

TEST_F(CatchUpPoolTest, LostPartsAreToleratedAsPlannedButNeverThoseThatWereRolledBack) {
  read::SelectOptions select;
  select.tolerate_lost_parts = select.tolerate_rolled_back_parts = true;
  CatchUpPool pool(history_, allowed_, receiver_, {});
  history_.hold({entries({without_begin_13, insert_12})}, select);
  pool.start(1, everything(), std::nullopt);
  receiver_.words(2);
  history_.hold({entries({without_begin_13, insert_12})}, select, true);
  pool.start(2, everything(), std::nullopt);
  EXPECT_THAT(receiver_.words(3),
              ElementsAre("1 caught 12", "1 caught up at 50:1", "2 ended rolled_back"));
}

TEST_F(CatchUpPoolTest, WhatIsCalledOffWhileItWaitsIsNeverRead) {
  history_.hold({entries({insert_10}), entries({insert_12}, oplog::OpTime{{12, 1}, 1}),
                 entries({insert_12}, oplog::OpTime{{12, 1}, 1})});
  CatchUpPool::Options options;
  options.threads = 1;
  CatchUpPool pool(history_, allowed_, receiver_, {}, options);
  pool.start(7, everything(), std::nullopt);
  receiver_.words(1);
  pool.start(8, everything(), std::nullopt);
  EXPECT_EQ(pool.counts().waiting, 1u);
  pool.cancel(8);
  EXPECT_EQ(pool.counts().waiting, 0u);
  pool.cancel(7);
  history_.hold({});
  pool.start(9, everything(), std::nullopt);
  ASSERT_TRUE(receiver_.hears("9 caught up at 50:1"));
  EXPECT_EQ(history_.requests().size(), 2u);
}

}  // namespace
}  // namespace mongotail::publish

#include "publish/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sample_entries.h"
#include "scripted_source.h"
#include "tail/input.h"

namespace mongotail::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view two_at_13 =
    R"({"ts":{"$timestamp":{"t":13,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":1}},{"op":"i","ns":"a.b","o":{"_id":2}}]}})";

/// Gives its items in turn, each when it is asked for, then the end.
class ScriptedInput final : public tail::Input {
 public:
  void add(oplog::Batch batch) { items_.emplace_back(Item(std::move(batch))); }
  /// Nothing comes in time, once.
  void add_silence() { items_.emplace_back(std::nullopt); }
  void add(Error error) { items_.emplace_back(Item(fail(std::move(error)))); }

  std::optional<Item> next(std::optional<std::chrono::milliseconds>) override {
    if (items_.empty()) return Item(std::nullopt);
    auto item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  bool ready() const override { return !items_.empty() && items_.front(); }

 private:
  std::deque<std::optional<Item>> items_;
};

/// Keeps what it is told, as text.
class RecordingIntake final : public serve::Intake {
 public:
  void publish(serve::SharedBlock block, resume::Cursor top, std::uint64_t entries,
               double) override {
    const std::size_t operations = block ? block->size() : 0;
    told.push_back(std::to_string(operations) + " of " + std::to_string(entries) + " up to " +
                   std::to_string(top.optime.ts.seconds));
    if (on_publish) on_publish();
  }
  std::chrono::microseconds handing_out() const override { return {}; }
  void roll_back(resume::Cursor common) override {
    told.push_back("back to " + std::to_string(common.optime.ts.seconds));
  }
  void set_heard(bool heard) override { told.push_back(heard ? "heard" : "away"); }

  std::vector<std::string> told;
  std::function<void()> on_publish;
};

class PublisherTest : public ::testing::Test {
 protected:
  Status run() {
    match::Selection allowed;
    allowed.ns_exclude = {"secret"};
    const auto predicate = match::Predicate::make(allowed);
    return Publisher(*predicate, lookup_, intake_, reporter_, resume::Cursor{{{5, 1}, 1}},
                     stop_.get_token())
        .run(input_);
  }

  NoLookup lookup_;
  RecordingReporter reporter_;
  RecordingIntake intake_;
  ScriptedInput input_;
  std::stop_source stop_;
};

TEST_F(PublisherTest, TheFirstEntryAfterAPauseGoesOutAtOnce) {
  input_.add(batch_of({insert_10}));
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("1 of 1 up to 10"));
}

TEST_F(PublisherTest, WhatIsReadyAlreadyGoesOutTogether) {
  input_.add(batch_of({insert_10}));
  input_.add(batch_of({insert_12}));
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("2 of 2 up to 12"));
}

TEST(GatheringTimeTest, IsTwiceWhatHandingOutTookWithinBounds) {
  using namespace std::chrono_literals;
  EXPECT_EQ(gathering_time(0us), 4ms);
  EXPECT_EQ(gathering_time(1900us), 4ms);
  EXPECT_EQ(gathering_time(5ms), 10ms);
  EXPECT_EQ(gathering_time(3s), 20ms);
}

TEST_F(PublisherTest, OperationsThatNobodyMaySeeOnlyMoveThePlace) {
  input_.add(batch_of({secret_11}));
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("0 of 0 up to 11"));
}

TEST_F(PublisherTest, AnEntryOfSeveralOperationsIsOneEntry) {
  input_.add(batch_of({two_at_13}));
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("2 of 1 up to 13"));
}

TEST_F(PublisherTest, ASilentServersPlaceMovesWithItsWatermark) {
  oplog::Batch idle = batch_of({});
  idle.watermark = oplog::OpTime{{20, 1}, 1};
  input_.add(idle);
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("0 of 0 up to 20"));
}

TEST_F(PublisherTest, BeforeARollbackIsToldAllThatCameBeforeItIsPublished) {
  input_.add(batch_of({insert_10}, false));
  oplog::Batch back = batch_of({insert_12});
  back.rolled_back_to = oplog::OpTime{{9, 1}, 1};
  input_.add(back);
  input_.add_silence();
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("1 of 1 up to 10", "back to 9", "1 of 1 up to 12"));
}

TEST_F(PublisherTest, ATransactionWithoutItsBeginEndsTheStream) {
  input_.add(batch_of({without_begin_13}));
  const Status ended = run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().cause, Cause::history_lost);
  EXPECT_THAT(intake_.told, IsEmpty());
}

TEST_F(PublisherTest, AFailureOfTheInputEndsTheStream) {
  input_.add(Error{Cause::unauthorized, "not allowed", ""});
  const Status ended = run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().cause, Cause::unauthorized);
}

TEST_F(PublisherTest, AfterAStopNothingMoreIsPublished) {
  input_.add(batch_of({insert_10}));
  intake_.on_publish = [this] { stop_.request_stop(); };
  input_.add_silence();
  input_.add(batch_of({insert_12}));
  ASSERT_TRUE(run());
  EXPECT_THAT(intake_.told, ElementsAre("1 of 1 up to 10"));
}

}  // namespace
}  // namespace mongotail::publish

#include "tail/merged_input.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "scripted_source.h"

namespace mongotail::tail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

oplog::Batch batch(std::vector<int> seconds) {
  auto bytes = std::make_shared<std::vector<bson::OwnedDocument>>();
  for (const int second : seconds) {
    bytes->push_back(*bson::parse_document(
        fmt::format(R"({{"op":"i","ts":{{"$timestamp":{{"t":{},"i":1}}}}}})", second)));
  }
  oplog::Batch batch;
  for (const bson::OwnedDocument& document : *bytes) batch.entries.push_back(document.view());
  batch.bytes = bytes;
  batch.watermark = oplog::OpTime{{static_cast<std::uint32_t>(seconds.back()), 1}, 1};
  return batch;
}

class MergedInputTest : public ::testing::Test {
 protected:
  /// `source:second` of all that comes, up to the end; then how it ended.
  std::vector<std::string> all(Input& input) {
    std::vector<std::string> seen;
    for (;;) {
      auto item = input.next(std::nullopt);
      if (!item) return seen;
      if (!*item) {
        seen.push_back(item->error().what);
        return seen;
      }
      if (!**item) {
        seen.emplace_back("end");
        return seen;
      }
      for (const bson::Document& entry : (**item)->entries) {
        const auto parsed = oplog::Entry::parse(entry);
        seen.push_back(fmt::format("{}:{}", (**item)->source, parsed->optime.ts.seconds));
      }
    }
  }

  RecordingReporter reporter_;
  std::stop_source stop_;
};

TEST_F(MergedInputTest, SourcesComeAsOneStreamInOrder) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"a", {}}, script(batch({1, 4}), batch({6})));
  input.add({"b", {}}, script(batch({2}), batch({3, 5, 7})));
  EXPECT_THAT(all(input), ElementsAre("0:1", "1:2", "1:3", "0:4", "1:5", "0:6", "1:7", "end"));
}

TEST_F(MergedInputTest, ASourceThatFailsLeavesTheOthersAndIsTheEnd) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"a", {}}, script(batch({1}), fail(Cause::history_lost, "gone")));
  input.add({"b", {}}, script(batch({2}), batch({3})));
  EXPECT_THAT(all(input), ElementsAre("0:1", "1:2", "1:3", "a: gone"));
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("a: gone; continuing without it")));
}

TEST_F(MergedInputTest, ASourceThatNeverBeganEndsTheStreamAtOnce) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"a", {}}, script(fail(Cause::history_lost, "gone")));
  input.add({"b", {}}, script(batch({2})));
  EXPECT_THAT(all(input), ElementsAre("a: gone"));
}

/// Says nothing until it is told to.
class Silent final : public oplog::Source {
 public:
  explicit Silent(std::stop_token until) : until_(std::move(until)) {}
  Result<std::optional<oplog::Batch>> next() override {
    while (!until_.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::nullopt;
  }

 private:
  std::stop_token until_;
};

TEST_F(MergedInputTest, ASourceThatLagsIsSaidAndNotWaitedFor) {
  MergedInput input({merge::Options::Order::ts, std::chrono::milliseconds(20), {}}, reporter_,
                    stop_.get_token());
  input.add({"a", {}}, script(batch({1})));
  input.add({"slow", {}}, std::make_unique<Silent>(stop_.get_token()));
  auto item = input.next(std::nullopt);
  EXPECT_EQ((**item)->entries.size(), 1u);
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("slow lags behind")));
  stop_.request_stop();
}

TEST_F(MergedInputTest, ASourceThatIsFinishedEndsAtItsLastEntry) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"a", {}}, script(batch({1}), batch({3}), batch({5})));
  input.add({"b", {}}, script(batch({2}), batch({4})));
  int ended = 0;
  input.finish(0, bson::Timestamp{3, 1}, [&] { ++ended; });
  EXPECT_THAT(all(input), ElementsAre("0:1", "1:2", "0:3", "1:4", "end"));
  EXPECT_EQ(ended, 1);
}

TEST_F(MergedInputTest, ASourceOfUnknownEndIsFinishedAtOnceAndNotWaitedFor) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"a", {}}, std::make_unique<Silent>(stop_.get_token()));
  input.add({"b", {}}, script(batch({2}), batch({4})));
  // As its reading is stopped then, in earnest.
  input.finish(0, std::nullopt, [] {});
  EXPECT_THAT(all(input), ElementsAre("1:2", "1:4", "end"));
  stop_.request_stop();
}

TEST_F(MergedInputTest, APatienceThatIsOverAndAStopEndTheWait) {
  MergedInput input({}, reporter_, stop_.get_token());
  input.add({"slow", {}}, std::make_unique<Silent>(stop_.get_token()));
  EXPECT_FALSE(input.next(std::chrono::milliseconds(1)));
  std::jthread stopper([&] { stop_.request_stop(); });
  // The source ends too then, and may be heard first.
  const auto item = input.next(std::nullopt);
  EXPECT_TRUE(!item || (*item && !**item));
}

}  // namespace
}  // namespace mongotail::tail

#include "tail/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "scripted_source.h"

namespace mongotail::tail {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view entry = R"({"op":"i"})";

TEST(ReadAhead, ItemsComeInOrderThenTheEnd) {
  ReadAhead input(script(batch_of({entry}), batch_of({entry, entry})), {});
  EXPECT_EQ((**input.next(std::nullopt))->entries.size(), 1u);
  EXPECT_EQ((**input.next(std::nullopt))->entries.size(), 2u);
  EXPECT_FALSE(**input.next(std::nullopt));
}

TEST(ReadAhead, AnErrorIsAnItemAndTheLast) {
  ReadAhead input(script(fail(Cause::connection, "gone")), {});
  EXPECT_EQ(input.next(std::nullopt)->error().cause, Cause::connection);
  EXPECT_FALSE(input.next(milliseconds(1)));
}

/// Waits in next() until it is released.
class StuckSource final : public oplog::Source {
 public:
  explicit StuckSource(std::atomic<bool>& release) : release_(release) {}
  Result<std::optional<oplog::Batch>> next() override {
    while (!release_) std::this_thread::sleep_for(milliseconds(1));
    return std::nullopt;
  }

 private:
  std::atomic<bool>& release_;
};

TEST(ReadAhead, AStopEndsTheWaitThoughTheSourceIsStuck) {
  std::atomic<bool> release = false;
  std::stop_source stop;
  ReadAhead input(std::make_unique<StuckSource>(release), stop.get_token());
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(input.next(std::nullopt));
  release = true;
}

/// Hands out as many bytes at a time, without end, and counts.
class EndlessSource final : public oplog::Source {
 public:
  explicit EndlessSource(std::atomic<int>& calls, std::size_t bytes = std::size_t{1} << 20)
      : calls_(calls) {
    bson::Builder builder;
    builder.append("text", std::string(bytes, 'x'));
    document_ = std::make_shared<bson::OwnedDocument>(builder.take());
  }
  Result<std::optional<oplog::Batch>> next() override {
    ++calls_;
    oplog::Batch batch;
    batch.bytes = document_;
    batch.entries = {document_->view()};
    return batch;
  }

 private:
  std::atomic<int>& calls_;
  std::shared_ptr<bson::OwnedDocument> document_;
};

TEST(ReadAhead, ASlowReaderHoldsTheSourceBack) {
  std::atomic<int> calls = 0;
  ReadAhead input(std::make_unique<EndlessSource>(calls), {});
  while (calls == 0) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(input.next(std::nullopt));
    EXPECT_LE(calls, i + 2);  // the one that waits
  }
}

TEST(ReadAhead, NothingIsReadBesideALargeItemThatIsBeingPrinted) {
  std::atomic<int> calls = 0;
  ReadAhead input(std::make_unique<EndlessSource>(calls, ReadAhead::large_item), {}, {},
                  ReadAhead::large_item);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(input.next(std::nullopt));
    std::this_thread::yield();
    EXPECT_EQ(calls, i + 1);
  }
}

}  // namespace
}  // namespace mongotail::tail

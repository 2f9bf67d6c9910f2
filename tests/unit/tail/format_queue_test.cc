#include "tail/format_queue.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "random_seed.h"
#include "scripted_source.h"

namespace mongotail::tail {
namespace {

oplog::Operation operation_of(bson::Document document) {
  oplog::Operation operation;
  operation.entry = *oplog::Entry::parse(document);
  return operation;
}

class FormatQueueTest : public ::testing::Test {
 protected:
  static output::Formatter json() { return *output::Formatter::make({}); }

  /// A block of so many operations, each with its number; what it becomes is added to `expected_`.
  LineBlock block_of(int count) {
    LineBlock block;
    for (int i = 0; i < count; ++i) {
      const std::string text = fmt::format(R"({{"number":{}}})", next_++);
      const oplog::Batch batch = batch_of({text});
      block.add(operation_of(batch.entries.front()), batch.bytes);
      expected_ += text + "\n";
    }
    return block;
  }

  output::Formatter callers_ = json();
  output::Formatter helpers_ = json();
  int next_ = 0;
  std::string expected_;
};

TEST_F(FormatQueueTest, BlocksComeBackFormattedInTheOrderInWhichTheyWereGiven) {
  const auto seed = random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 chance(seed);
  FormatQueue queue(callers_, helpers_);
  std::string text;
  for (int i = 0; i < 500; ++i) {
    queue.push(block_of(static_cast<int>(chance() % 40)));
    if (chance() % 2 == 0) {
      while (const auto block = queue.pop_if_done()) text += block->text();
    } else if (chance() % 5 == 0) {
      text += queue.pop().text();
    }
  }
  while (!queue.empty()) text += queue.pop().text();
  EXPECT_EQ(text, expected_);
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(FormatQueueTest, TheHelperFormatsWhileTheCallerDoesSomethingElse) {
  FormatQueue queue(callers_, helpers_);
  queue.push(block_of(3));
  std::optional<LineBlock> block;
  while (!block) block = queue.pop_if_done();  // for ever, were it the caller's work
  EXPECT_EQ(block->text(), expected_);
}

TEST_F(FormatQueueTest, ItKnowsHowManyBytesOfDocumentsItHolds) {
  FormatQueue queue(callers_, helpers_);
  LineBlock block = block_of(3);
  const std::size_t bytes = block.added();
  queue.push(std::move(block));
  EXPECT_EQ(queue.bytes(), bytes);
  queue.pop();
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(FormatQueueTest, ItEndsWithBlocksThatNobodyTook) {
  FormatQueue queue(callers_, helpers_);
  for (int i = 0; i < 100; ++i) queue.push(block_of(50));
}

TEST(LineBlock, ItsTextEndsBeforeTheFirstOperationThatCantBeFormatted) {
  auto formatter = *output::Formatter::make({});
  const oplog::Batch batch = batch_of({R"({"a":1})", R"({"o":{"b":true}})", R"({"c":1})"});
  const bson::Bytes good = batch.entries[1].bytes();
  std::vector<std::uint8_t> bytes(good.begin(), good.end());
  *(bytes.end() - 6) = 0x66;  // the type of `b`
  LineBlock block;
  block.add(operation_of(batch.entries[0]), batch.bytes);
  block.add(operation_of(*bson::Document::from(bytes)), nullptr);
  block.add(operation_of(batch.entries[2]), batch.bytes);
  block.format(formatter);
  EXPECT_EQ(block.text(), "{\"a\":1}\n");
  ASSERT_FALSE(block.status());
  EXPECT_EQ(block.status().error().cause, Cause::damaged);
}

TEST(LineBlock, AnOperationFromInsideAnEntryIsCopied) {
  auto formatter = *output::Formatter::make({});
  LineBlock block;
  {
    const oplog::Batch batch = batch_of({R"({"op":"i","o":{"_id":1}})"});
    oplog::Operation inner = operation_of(batch.entries.front());
    inner.index = 0;
    block.add(inner, nullptr);
  }
  LineBlock moved = std::move(block);
  moved.format(formatter);
  EXPECT_EQ(moved.text(), "{\"op\":\"i\",\"o\":{\"_id\":1}}\n");
}

}  // namespace
}  // namespace mongotail::tail

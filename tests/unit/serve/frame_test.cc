#include "serve/frame.h"
#include "random_seed.h"

#include <random>

#include "serve_support.h"

namespace mongotail::serve {
namespace {

std::vector<bson::Document> documents_in(const std::string& frames) {
  std::vector<bson::Document> documents;
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(frames.data()), frames.size());
  while (const auto document = bson::Document::from(rest)) {
    documents.push_back(*document);
    rest = rest.subspan(document->size());
  }
  return documents;
}

std::string frames_of(const std::vector<TestOperation>& operations) {
  const SharedBlock block = block_of(operations);
  std::vector<std::string_view> pieces;
  block->append_pieces(Form::frames, 0, block->size(), pieces);
  return joined(pieces);
}

TEST(FrameTest, HoldsAnOperationAndItsPlace) {
  const TestOperation plain(place_at(11), "app.users", "1");
  const TestOperation inner(place_at(12, 1, 3), "app.users", "2");
  const std::string bytes = frames_of({plain, inner});
  const auto documents = documents_in(bytes);
  ASSERT_EQ(documents.size(), 2U);
  const auto first = parse_frame(documents[0]);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->cursor, "11:1@1");
  EXPECT_EQ(first->index, oplog::Operation::no_index);
  EXPECT_TRUE(first->last);
  EXPECT_TRUE(std::ranges::equal(first->operation->bytes(), plain.get().entry.document.bytes()));
  const auto second = parse_frame(documents[1]);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->cursor, "12:1@1#3");
  EXPECT_EQ(second->index, 3);
  EXPECT_FALSE(second->last);
  EXPECT_TRUE(second->transaction);
}

TEST(FrameTest, CanSayNoMoreThanAPlace) {
  const std::string bytes = heartbeat_text(Form::frames, "10:1@1");
  const auto frame = parse_frame(documents_in(bytes).at(0));
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->cursor, "10:1@1");
  EXPECT_FALSE(frame->operation || frame->end);
}

TEST(FrameTest, SaysWhyTheStreamEnds) {
  for (const auto reason : {End::Reason::done, End::Reason::slow, End::Reason::lost,
                            End::Reason::rolled_back, End::Reason::failed, End::Reason::shutdown}) {
    const End end{reason, {Cause::internal, "it is so", "try this"}, "10:1@1"};
    const std::string bytes = end_text(Form::frames, end);
    const auto frame = parse_frame(documents_in(bytes).at(0));
    ASSERT_TRUE(frame && frame->end) << name_of(reason);
    EXPECT_EQ(frame->end->reason, reason);
    EXPECT_EQ(frame->end->cursor, "10:1@1");
    EXPECT_EQ(frame->end->error.what, reason == End::Reason::done ? "" : "it is so");
  }
}

TEST(FrameBufferTest, GivesTheSameFramesHoweverTheyArrive) {
  std::vector<TestOperation> operations;
  for (std::uint32_t i = 0; i < 50; ++i) {
    const std::string id = '"' + std::string(i * 7, 'x') + '"';
    operations.emplace_back(place_at(11 + i), "app.users", id);
  }
  const std::string sent = frames_of(operations);
  const auto seed = random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  FrameBuffer buffer;
  std::string got;
  for (std::size_t at = 0; at < sent.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random() % 300, sent.size() - at);
    buffer.append(std::string_view(sent).substr(at, size));
    at += size;
    const auto whole = buffer.take_whole();
    ASSERT_TRUE(whole);
    std::size_t bytes = 0;
    for (const bson::Document& document : documents_in(*whole)) bytes += document.size();
    EXPECT_EQ(bytes, whole->size());
    got += *whole;
  }
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(buffer.empty());
}

TEST(FrameBufferTest, RefusesWhatCanBeNoFrame) {
  for (const std::string_view bytes :
       {std::string_view("\4\0\0\0\0", 5), std::string_view("<html>"),
        std::string_view("\xff\xff\xff\xff\xff")}) {
    FrameBuffer buffer;
    buffer.append(bytes);
    const auto whole = buffer.take_whole();
    ASSERT_FALSE(whole) << bytes;
    EXPECT_EQ(whole.error().cause, Cause::damaged);
  }
}

}  // namespace
}  // namespace mongotail::serve

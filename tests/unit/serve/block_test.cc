#include "serve/block.h"

#include "serve_support.h"

namespace mongotail::serve {
namespace {

std::string text_of(const Block& block, Form form, std::size_t first, std::size_t last) {
  std::vector<std::string_view> pieces;
  block.append_pieces(form, first, last, pieces);
  return joined(pieces);
}

std::string bytes_of(bson::Document document) {
  return {reinterpret_cast<const char*>(document.bytes().data()), document.size()};
}

class BlockTest : public testing::Test {
 protected:
  const TestOperation plain{place_at(5), "app.users", "1"};
  const TestOperation inner{place_at(6, 1, 0), "app.users", R"("two")"};
  const SharedBlock block = block_of({plain, inner});
  const std::string first_line =
      R"({"op":"i","ns":"app.users","o":{"_id":1},"ts":{"$timestamp":{"t":5,"i":1}},"t":1})"
      "\n";
};

TEST_F(BlockTest, LinesAreWhatJsonOutputPrints) {
  std::string printed;
  output::JsonLines lines(output::JsonMode::relaxed);
  ASSERT_TRUE(lines.append(plain.get(), {}, printed));
  ASSERT_TRUE(lines.append(inner.get(), {}, printed));
  EXPECT_EQ(text_of(*block, Form::lines, 0, 2), printed);
  EXPECT_EQ(text_of(*block, Form::lines, 0, 1), first_line);
  EXPECT_EQ(block->bytes_of(Form::lines, 0), first_line.size());
}

TEST_F(BlockTest, LinesSideBySideAreOnePiece) {
  std::vector<std::string_view> pieces;
  block->append_pieces(Form::lines, 0, 2, pieces);
  EXPECT_EQ(pieces.size(), 1u);
}

TEST_F(BlockTest, AnEventHasTheCursorAsItsIdAndTheLineAsItsData) {
  EXPECT_EQ(text_of(*block, Form::events, 0, 1), "id: 5:1@1\ndata: " + first_line + "\n");
  EXPECT_EQ(text_of(*block, Form::events, 1, 2).substr(0, 18), "id: 6:1@1#0\ndata: ");
  EXPECT_EQ(text_of(*block, Form::events, 0, 1).size(), block->bytes_of(Form::events, 0));
}

TEST_F(BlockTest, AFrameHoldsThePlaceAndTheDocument) {
  const std::string bytes = text_of(*block, Form::frames, 1, 2);
  const auto frame =
      bson::Document::from({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size(), bytes.size());
  EXPECT_EQ(frame->find("at")->as_text(), "6:1@1#0");
  EXPECT_EQ(frame->find("index")->as_int32(), 0);
  EXPECT_EQ(frame->find("last")->as_bool(), false);
  EXPECT_EQ(frame->find("transaction")->as_bool(), true);
  EXPECT_EQ(bytes_of(*frame->find("o")->as_document()), bytes_of(inner.get().entry.document));
}

TEST_F(BlockTest, TheDocumentsCanBeReadFromIt) {
  EXPECT_EQ(bytes_of(block->document(0)), bytes_of(plain.get().entry.document));
  EXPECT_EQ(bytes_of(block->document(1)), bytes_of(inner.get().entry.document));
}

TEST_F(BlockTest, FormsThatNobodyWantsTakeNoMemory) {
  const SharedBlock lines = block_of({plain, inner}, BlockBuilder::Forms::of(Form::lines));
  EXPECT_EQ(text_of(*lines, Form::lines, 0, 1), first_line);
  EXPECT_TRUE(text_of(*lines, Form::frames, 0, 2).empty());
  EXPECT_LT(lines->memory(), block->memory());
}

TEST_F(BlockTest, DamageLeavesTheBlockAsItWas) {
  BlockBuilder builder(cursor_text, {});
  ASSERT_TRUE(builder.append(plain.get()));
  auto bytes = std::vector<std::uint8_t>(plain.get().entry.document.bytes().begin(),
                                         plain.get().entry.document.bytes().end());
  bytes[4] = 0x77;
  oplog::Operation damaged = plain.get();
  damaged.entry.document = *bson::Document::from(bytes);
  const auto status = builder.append(damaged);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::damaged);
  EXPECT_EQ(text_of(*builder.take(), Form::lines, 0, 1), first_line);
}

TEST(BlockBuilderTest, NothingAppendedIsNotABlock) {
  BlockBuilder builder(cursor_text, {});
  EXPECT_EQ(builder.take(), nullptr);
}

}  // namespace
}  // namespace mongotail::serve

#include "source/json_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "source_support.h"

namespace mongotail::source {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Hands out the pieces, one a read.
class Pieces final : public ByteInput {
 public:
  explicit Pieces(std::deque<Text> pieces) : pieces_(std::move(pieces)) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (pieces_.empty()) return 0;
    Text& piece = pieces_.front();
    const std::size_t size = std::min(into.size(), piece.size());
    std::copy_n(piece.begin(), size, into.begin());
    piece.erase(0, size);
    if (piece.empty()) pieces_.pop_front();
    return size;
  }
  bool ready() override { return !pieces_.empty(); }

 private:
  std::deque<Text> pieces_;
};

Text line(int id) {
  return R"({"op":"i","ns":"a.b","ts":{"$timestamp":{"t":1795000000,"i":)" + std::to_string(id) +
         R"(}},"o":{"_id":)" + std::to_string(id) + "}}\n";
}

Text bson_of(std::initializer_list<int> ids) {
  std::vector<bson::OwnedDocument> documents;
  for (const int id : ids) documents.push_back(oplog::doc(line(id)));
  return bytes_of(documents);
}

struct Read {
  Text bytes;
  bool converted = false;
  std::optional<Error> error;
};

Read read_all(std::deque<Text> pieces, JsonInputOptions options = {}, std::size_t at_once = 1000) {
  options.name = "x.ndjson";
  Read read;
  auto detected = convert_if_json(std::make_unique<Pieces>(std::move(pieces)), std::move(options));
  if (!detected) return {{}, false, detected.error()};
  read.converted = detected->converted;
  std::vector<std::uint8_t> buffer(at_once);
  for (;;) {
    const auto got = detected->input->read(buffer);
    if (!got) {
      read.error = got.error();
      return read;
    }
    if (*got == 0) return read;
    read.bytes.append(reinterpret_cast<const char*>(buffer.data()), *got);
  }
}

TEST(JsonInput, LinesBecomeBson) {
  const Read read = read_all({line(1) + line(2) + line(3)});
  EXPECT_TRUE(read.converted);
  EXPECT_EQ(read.bytes, bson_of({1, 2, 3}));
}

TEST(JsonInput, LinesMayBeCutAnywhere) {
  const Text text = line(1) + line(2);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(read_all({text.substr(0, cut), text.substr(cut)}).bytes, bson_of({1, 2})) << cut;
  }
  std::deque<Text> single;
  for (const char c : text) single.emplace_back(1, c);
  EXPECT_EQ(read_all(single, {}, 1).bytes, bson_of({1, 2}));
}

TEST(JsonInput, BlankLinesSpacesAndAByteOrderMarkAreFine) {
  Text last = line(2);
  last.pop_back();
  const Read read = read_all({"\xef\xbb\xbf" + line(1) + "\n  \r\n  " + last});
  EXPECT_TRUE(read.converted);
  EXPECT_EQ(read.bytes, bson_of({1, 2}));
}

TEST(JsonInput, BsonComesThroughUnchanged) {
  for (const Text& text :
       {bson_of({1, 2}), Text("abc"), Text(), Text("hello, world"), Text("[1,2]")}) {
    const Read read = read_all({text});
    EXPECT_FALSE(read.converted) << text;
    EXPECT_EQ(read.bytes, text);
  }
}

TEST(JsonInput, ADamagedLineIsNamedAfterAllBeforeItWereRead) {
  for (const Text& bad :
       {Text("{\"op\":\n"), Text("{\"op\":\"i\"}\n"), Text("{} {}\n"), Text("\"text\"\n")}) {
    const Read read = read_all({line(1) + "\n" + bad + line(2)});
    EXPECT_EQ(read.bytes, bson_of({1})) << bad;
    ASSERT_TRUE(read.error) << bad;
    EXPECT_EQ(read.error->cause, Cause::damaged);
    EXPECT_THAT(read.error->what, HasSubstr("x.ndjson: line 3 is damaged: "));
    EXPECT_THAT(read.error->hint, HasSubstr("--skip-damaged"));
  }
}

TEST(JsonInput, DamagedLinesAreSkippedIfThatIsRequested) {
  Warnings warnings;
  JsonInputOptions options;
  options.skip_damaged = true;
  options.reporter = &warnings;
  Text cut_off = line(3);
  cut_off.resize(cut_off.size() / 2);
  const Read read = read_all({line(1) + "{]\n" + line(2) + cut_off}, options);
  EXPECT_FALSE(read.error);
  EXPECT_EQ(read.bytes, bson_of({1, 2}));
  EXPECT_THAT(warnings.said,
              ElementsAre(HasSubstr("line 2 is damaged"), HasSubstr("line 4 is damaged")));
}

TEST(JsonInput, ALineThatAStopCutIsNotDamage) {
  const std::atomic<bool> stop = true;
  JsonInputOptions options;
  options.stop = &stop;
  const Read read = read_all({line(1) + "{\"op\":"}, options);
  EXPECT_FALSE(read.error);
  EXPECT_EQ(read.bytes, bson_of({1}));
}

TEST(JsonInput, IsReadyOnceALineIsThere) {
  auto detected =
      convert_if_json(std::make_unique<Pieces>(std::deque<Text>{line(1) + "{\"op"}), {});
  std::vector<std::uint8_t> buffer(1000);
  EXPECT_TRUE(detected->input->ready());
  EXPECT_GT(*detected->input->read(buffer), 0u);
  EXPECT_FALSE(detected->input->ready());
}

TEST(BsonStream, AnOperationThatWasUnwoundMovesTheWatermarkOnceAnotherEntryComes) {
  const auto entry = [](int second, int index) {
    return R"({"op":"i","ns":"a.b","o":{"_id":1},"ts":{"$timestamp":{"t":)" +
           std::to_string(second) + R"(,"i":1}},"t":1,"txnOpIndex":)" + std::to_string(index) +
           "}\n";
  };
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / "json_input_test.ndjson";
  const auto watermark_of = [&](const Text& text) {
    std::ofstream(path, std::ios::binary) << text;
    const auto stream = BsonStream::open({path.string()});
    const auto batch = (*stream)->next();
    return (*batch)->watermark;
  };
  EXPECT_EQ(watermark_of(entry(5, 0) + entry(5, 1)), std::nullopt);
  EXPECT_EQ(watermark_of(entry(5, 0) + entry(5, 1) + entry(6, 0)), (oplog::OpTime{{5, 1}, 1}));
  EXPECT_EQ(watermark_of(entry(5, 0) + line(1)), (oplog::OpTime{{1795000000, 1}, -1}));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace mongotail::source

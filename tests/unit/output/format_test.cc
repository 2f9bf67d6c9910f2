#include "output/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/operation_support.h"

namespace mongotail::output {
namespace {

constexpr std::string_view insert =
    R"({"op":"i","ns":"app.u","o":{"_id":1},"ts":{"$timestamp":{"t":9,"i":1}}})";

TEST(Formatter, JsonIsOneLineOfTheWholeDocument) {
  EXPECT_EQ(print(insert, {}), std::string(insert) + "\n");
}

TEST(Formatter, JsonOfSeveralSourcesEndsWithTheNameOfItsOwn) {
  EXPECT_EQ(print(R"({"op":"n"})", {}, "rs\"1"), "{\"op\":\"n\",\"source\":\"rs\\\"1\"}\n");
  EXPECT_EQ(print("{}", {}, "rs1"), "{\"source\":\"rs1\"}\n");
}

TEST(Formatter, JsonWithCursorsEndsWithThePlaceRightAfterTheOperation) {
  EXPECT_EQ(print(R"({"op":"n"})", {.with_cursor = true}, "rs1"),
            "{\"op\":\"n\",\"source\":\"rs1\",\"cursor\":\"0:0\"}\n");
  EXPECT_EQ(print("{}", {.with_cursor = true}), "{\"cursor\":\"0:0\"}\n");
  const auto line = [](bool last) {
    return print(SampleOperation(insert).in_transaction(3, last).get(), {.with_cursor = true});
  };
  EXPECT_TRUE(line(false).ends_with(",\"cursor\":\"9:1#3\"}\n")) << line(false);
  EXPECT_TRUE(line(true).ends_with(",\"cursor\":\"9:1\"}\n")) << line(true);
}

TEST(Formatter, OfSeveralSourcesACursorIsWhereEachOfThemHasGot) {
  for (const Format format : {Format::json, Format::event, Format::text}) {
    auto formatter = Formatter::make({.format = format,
                                      .with_cursor = true,
                                      .text_template = "\"cursor\":\"{cursor}\"",
                                      .sources = {"x", "y"}});
    ASSERT_TRUE(formatter);
    const auto line = [&](std::size_t source) {
      const SampleOperation sample(insert);
      oplog::Operation operation = sample.get();
      operation.source = source;
      std::string out;
      EXPECT_TRUE(formatter->append(operation, formatter->tag_of(operation), out));
      return out;
    };
    const auto has = [](const char* cursor) {
      return ::testing::HasSubstr(std::string("\"cursor\":\"") + cursor + "\"");
    };
    EXPECT_THAT(line(1), has("y=9:1"));
    formatter->set_position(0, oplog::OpTime{{7, 0}, oplog::OpTime::no_term}, 3);
    EXPECT_THAT(line(1), has("x=7:0#3,y=9:1"));
    formatter->set_position(1, std::nullopt, std::nullopt);
    EXPECT_THAT(line(0), has("x=9:1"));
    formatter->add_source("z");
    EXPECT_THAT(line(2), has("x=9:1,z=9:1"));
  }
}

TEST(Formatter, CanonicalJsonKeepsTypes) {
  EXPECT_EQ(print(R"({"op":"n","o":{"a":1}})", {.json_mode = JsonMode::canonical}),
            "{\"op\":\"n\",\"o\":{\"a\":{\"$numberInt\":\"1\"}}}\n");
}

TEST(Formatter, AUserWhoIsKnownIsNamed) {
  constexpr std::string_view json =
      R"({"op":"d","ns":"app.u","o":{"_id":1},"ts":{"$timestamp":{"t":9,"i":1}},"lsid":{"id":1,"uid":)"
      R"({"$binary":{"subType":"00","base64":"5i9Fg3BWKhT6qxzcugLAJd6VMbkpuUcm+DHRWXR7c9M="}}}})";
  const auto users = std::make_shared<oplog::UserNames>();
  const auto named = [&](Format format) {
    return print(json,
                 {.format = format, .text_template = "<{user}>", .users = users, .utc = true});
  };
  EXPECT_EQ(named(Format::text), "<>\n");
  EXPECT_EQ(named(Format::event).find("user"), std::string::npos);
  EXPECT_EQ(named(Format::short_line), "1970-01-01 00:00:09.000Z  delete   app.u  1\n");
  users->add("ada@admin");
  EXPECT_EQ(named(Format::text), "<ada@admin>\n");
  EXPECT_TRUE(named(Format::event).ends_with(",\"user\":\"ada@admin\"}\n"));
  EXPECT_EQ(named(Format::short_line),
            "1970-01-01 00:00:09.000Z  delete   by ada@admin  app.u  1\n");
  EXPECT_EQ(named(Format::pretty),
            "1970-01-01 00:00:09.000Z  delete   app.u  _id: 1  [by ada@admin]\n");
}

TEST(Formatter, BsonIsTheDocumentsBytes) {
  const SampleOperation sample(insert);
  const bson::Bytes bytes = sample.get().entry.document.bytes();
  EXPECT_EQ(print(sample.get(), {.format = Format::bson}), std::string(bytes.begin(), bytes.end()));
}

TEST(Formatter, BsonOfSeveralSourcesHasTheNameOfItsOwnAsLastField) {
  const std::string out = print(R"({"op":"n"})", {.format = Format::bson}, "rs1");
  const auto document =
      bson::Document::from({reinterpret_cast<const std::uint8_t*>(out.data()), out.size()});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->size(), out.size());
  EXPECT_EQ(oplog::to_json(*document), R"({ "op" : "n", "source" : "rs1" })");
}

bson::OwnedDocument damaged_inside() {
  auto builder = bson::Builder();
  builder.append("op", "i")
      .append("ns", "app.u")
      .open_document("o")
      .append("_id", 1)
      .append("s", "x");
  const auto whole = builder.take();
  std::vector<std::uint8_t> bytes(whole.view().bytes().begin(), whole.view().bytes().end());
  bytes[bytes.size() - 9] = 0x1F;  // the type of "s"
  return bson::OwnedDocument(*bson::Document::from(bytes));
}

TEST(Formatter, DamageInsideIsAnErrorInEveryFormatAndLeavesTheOutput) {
  const SampleOperation sample(damaged_inside());
  ASSERT_TRUE(bson::validate(sample.get().entry.document));
  for (const Format format : {Format::json, Format::event, Format::pretty, Format::short_line,
                              Format::bson, Format::text}) {
    auto formatter = Formatter::make({.format = format, .text_template = "{op}{o}"});
    ASSERT_TRUE(formatter);
    std::string out = "before";
    const Status status = formatter->append(sample.get(), {"rs"}, out);
    ASSERT_FALSE(status) << static_cast<int>(format);
    EXPECT_EQ(status.error().cause, Cause::damaged);
    EXPECT_EQ(out, "before");
  }
}

TEST(Formatter, ATemplateThatDoesNotParseIsAUsageError) {
  const auto formatter = Formatter::make({.format = Format::text, .text_template = "{"});
  ASSERT_FALSE(formatter);
  EXPECT_EQ(formatter.error().cause, Cause::usage);
}

TEST(Formatter, AResizedTerminalChangesWhereLinesAreCut) {
  const SampleOperation sample(insert);
  auto formatter = Formatter::make({.format = Format::short_line, .utc = true, .width = 30});
  std::string out;
  ASSERT_TRUE(formatter->append(sample.get(), {}, out));
  EXPECT_EQ(out, "1970-01-01 00:00:09.000  inse…\n");
  formatter->set_width(80);
  out.clear();
  ASSERT_TRUE(formatter->append(sample.get(), {}, out));
  EXPECT_EQ(out, "1970-01-01 00:00:09.000  insert   app.u  1\n");
}

}  // namespace
}  // namespace mongotail::output

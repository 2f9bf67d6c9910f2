#include "output/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bson/extended_json.h"
#include "output/display_width.h"

namespace mongotail::output {
namespace {

using ::testing::HasSubstr;

class SummaryTest : public ::testing::Test {
 protected:
  void add(const std::string& op, const std::string& ns, const std::string& wall,
           const std::string& o = "{}") {
    const auto document =
        *bson::parse_document(R"({"op":")" + op + R"(","ns":")" + ns + R"(","o":)" + o +
                              R"(,"wall":{"$date":")" + wall + R"("}})");
    oplog::Operation operation;
    operation.entry = *oplog::Entry::parse(document.view());
    bytes_ += static_cast<std::int64_t>(document.view().size());
    summary_.add(Summary::sample(operation));
  }

  Summary summary_;
  std::int64_t bytes_ = 0;
};

TEST_F(SummaryTest, CountsByNamespaceAndOp) {
  add("i", "a.b", "2026-11-23T01:00:00Z");
  add("i", "a.b", "2026-11-23T01:00:02Z");
  add("d", "a.b", "2026-11-23T01:00:01Z");
  add("u", "a.a", "2026-11-23T01:00:03Z");
  const std::int64_t each = bytes_ / 4;
  EXPECT_EQ(
      summary_.json_lines(JsonMode::relaxed),
      R"({"ns":"a.a","op":"u","count":1,"bytes":)" + std::to_string(each) +
          R"(,"first":{"$date":"2026-11-23T01:00:03Z"},"last":{"$date":"2026-11-23T01:00:03Z"}})"
          "\n"
          R"({"ns":"a.b","op":"d","count":1,"bytes":)" +
          std::to_string(each) +
          R"(,"first":{"$date":"2026-11-23T01:00:01Z"},"last":{"$date":"2026-11-23T01:00:01Z"}})"
          "\n"
          R"({"ns":"a.b","op":"i","count":2,"bytes":)" +
          std::to_string(2 * each) +
          R"(,"first":{"$date":"2026-11-23T01:00:00Z"},"last":{"$date":"2026-11-23T01:00:02Z"}})"
          "\n");
}

TEST_F(SummaryTest, CommandsCountUnderTheCollectionTheyName) {
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"create":"orders"})");
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"createIndexes":"orders","key":{"a":1}})");
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"dropDatabase":1})");
  const std::string table = summary_.table(true);
  EXPECT_THAT(table, HasSubstr("shop.orders  command          2  "));
  EXPECT_THAT(table, HasSubstr("shop         command          1  "));
  EXPECT_THAT(summary_.json_lines(JsonMode::relaxed),
              HasSubstr(R"({"ns":"shop.orders","op":"c","count":2,)"));
}

TEST_F(SummaryTest, TheTableEndsWithATotalAndARate) {
  add("i", "shop.orders", "2026-11-23T01:00:00Z");
  add("d", "shop.orders", "2026-11-23T01:00:04Z");
  const std::string table = summary_.table(true);
  EXPECT_THAT(table, HasSubstr("shop.orders  insert  "));
  EXPECT_THAT(table, HasSubstr("total        "));
  EXPECT_THAT(table, HasSubstr("0.5 operations and "));
}

TEST_F(SummaryTest, NothingSelectedIsSaid) {
  EXPECT_THAT(summary_.table(true), HasSubstr("nothing was selected"));
  EXPECT_EQ(summary_.json_lines(JsonMode::relaxed), "");
}

TEST_F(SummaryTest, NamespacesAreHarmlessForATerminal) {
  add("i", "a.\\u001b[31m", "2026-11-23T01:00:00Z");
  EXPECT_EQ(summary_.table(true).find('\x1b'), std::string::npos);
}

TEST_F(SummaryTest, AScreenHoldsTheWholeTableWhereItFits) {
  EXPECT_EQ(summary_.screen(true, 10, 100), "nothing yet");
  add("i", "a.b", "2026-11-23T01:00:00Z");
  add("i", "a.c", "2026-11-23T01:00:01Z");
  EXPECT_EQ(summary_.screen(true, 10, 200) + "\n", summary_.table(true));
}

TEST_F(SummaryTest, AScreenLeavesOutWhatHasTheFewestOperations) {
  for (const char* ns : {"a.a", "a.b", "a.b", "a.c", "a.d", "a.d", "a.d"}) {
    add("i", ns, "2026-11-23T01:00:00Z");
  }
  const std::string screen = summary_.screen(true, 6, 100);
  EXPECT_THAT(screen, testing::ContainsRegex("a\\.b .*\na\\.d .*\nand 2 more .*\ntotal +7 "));
  EXPECT_EQ(screen.find("a.a"), std::string::npos);
  EXPECT_EQ(screen.find("a.c"), std::string::npos);
}

TEST_F(SummaryTest, AScreenIsNeverLargerThanTheTerminal) {
  for (int i = 0; i < 9; ++i) add("i", "a.\u6f22" + std::to_string(i), "2026-11-23T01:00:00Z");
  for (int rows = 1; rows < 15; ++rows) {
    for (int columns = 0; columns < 100; ++columns) {
      const std::string screen = summary_.screen(true, rows, columns) + "\n";
      EXPECT_LE(std::count(screen.begin(), screen.end(), '\n'), rows);
      for (std::size_t at = 0; at < screen.size(); at = screen.find('\n', at) + 1) {
        const auto line = std::string_view(screen).substr(at, screen.find('\n', at) - at);
        EXPECT_LE(columns_of(line), static_cast<std::size_t>(columns));
      }
    }
  }
}

}  // namespace
}  // namespace mongotail::output

#include "output/summary_screen.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "bson/extended_json.h"
#include "output/display_width.h"

namespace mongotail::output {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class SummaryScreenTest : public ::testing::Test {
 protected:
  void add(std::string_view ns, int times = 1) {
    const auto document = *bson::parse_document(fmt::format(
        R"({{"op":"i","ns":"{}","wall":{{"$date":"2026-11-23T01:00:{:02}Z"}}}})", ns, second_));
    oplog::Operation operation;
    operation.entry = *oplog::Entry::parse(document.view());
    for (int i = 0; i < times; ++i) summary_.add(operation);
  }
  std::string text(int rows = 20, int columns = 300, bool recent = true) {
    return screen_.text(summary_, rows, columns, now_, recent);
  }
  void wait(milliseconds time) { now_ += time; }

  Summary summary_{{{SummaryKey::ns}, Summary::Sort::count, true}};
  SummaryScreen screen_;
  SummaryScreen::Time now_{seconds(1000)};
  int second_ = 0;
};

TEST_F(SummaryScreenTest, WithoutARateItIsTheTableWhereThatFits) {
  EXPECT_EQ(text(), "nothing yet");
  add("a.b");
  second_ = 1;
  add("a.c");
  EXPECT_EQ(text(20, 300, false) + "\n", summary_.table());
}

TEST_F(SummaryScreenTest, LinesKeepTheirPlacesForAFewSeconds) {
  add("a.b", 2);
  add("a.c", 1);
  EXPECT_THAT(text(), ContainsRegex("\na.b .*\na.c .*\n"));
  add("a.c", 5);
  add("a.d", 100);
  wait(milliseconds(4900));
  EXPECT_THAT(text(), ContainsRegex("\na.b .*\na.c +6 .*\na.d .*\n"));
  wait(milliseconds(200));
  EXPECT_THAT(text(), ContainsRegex("\na.d .*\na.c .*\na.b .*\n"));
}

TEST_F(SummaryScreenTest, ColumnsDoNotGetNarrower) {
  add("a.with_a_long_name", 2);
  add("a.b", 1);
  text(6);
  wait(seconds(6));
  add("a.b", 5);
  const std::string screen = text(5);
  EXPECT_THAT(screen, Not(HasSubstr("a.with_a_long_name")));
  EXPECT_THAT(screen, ContainsRegex("\na\\.b {21}6  "));
}

TEST_F(SummaryScreenTest, ALongNameLeavesRoomForTheNumbers) {
  add("a." + std::string(200, 'x'), 7);
  add("a.b", 1);
  EXPECT_THAT(text(20, 80), ContainsRegex("\na\\.x+[.]{3} +7 .* 87\\.5% .*\na\\.b +1 .* 12\\.5% "));
  EXPECT_THAT(text(20, 300), HasSubstr(std::string(200, 'x')));
}

TEST_F(SummaryScreenTest, TheRateOfTheLastTenSecondsIsBesideTheMean) {
  add("a.b", 500);
  second_ = 50;
  add("a.c", 500);
  text();
  for (int i = 0; i < 100; ++i) {
    wait(milliseconds(200));
    if (i >= 50) add("a.b", 8);
    text();
  }
  const std::string screen = text();
  EXPECT_THAT(screen, ContainsRegex(R"(per s +last 10 s)"));
  EXPECT_THAT(screen, ContainsRegex(R"(a\.b +900 +.* 18 +(39|40) )"));
  EXPECT_THAT(screen, ContainsRegex(R"(a\.c +500 +.* 10 +0 )"));
  EXPECT_THAT(
      screen,
      ContainsRegex("\n28 operations and .* a second; in the last 10 s (39|40) operations and"));
}

TEST_F(SummaryScreenTest, LeavesOutWhatComesLast) {
  for (const char* ns : {"a.a", "a.b", "a.b", "a.c", "a.d", "a.d", "a.d"}) add(ns);
  const std::string screen = text(6);
  EXPECT_THAT(screen, ContainsRegex("\na\\.d .*\na\\.b .*\nand 2 more\ntotal +7 "));
  EXPECT_THAT(screen, Not(HasSubstr("a.a")));
}

TEST_F(SummaryScreenTest, IsNeverLargerThanTheTerminal) {
  for (int i = 0; i < 9; ++i) add("a.\u6f22" + std::to_string(i));
  for (int rows = 1; rows < 15; ++rows) {
    for (int columns = 0; columns < 100; ++columns) {
      const std::string screen = text(rows, columns, columns % 2 == 0) + "\n";
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

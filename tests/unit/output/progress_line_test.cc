#include "output/progress_line.h"

#include <gtest/gtest.h>

#include "output/display_width.h"

namespace mongotail::output {
namespace {

using std::chrono::seconds;

Progress everything() {
  Progress progress;
  progress.position = 1'795'400'458;
  progress.fraction = 0.4199;
  progress.entries_per_second = 125'000.4;
  progress.bytes_per_second = 31'240'000;
  progress.left = seconds(42);
  return progress;
}

std::string line(const Progress& progress, int columns = 100) {
  return progress_line(progress, true, columns);
}

TEST(ProgressLine, SaysWhereHowFastAndHowLong) {
  EXPECT_EQ(line(everything()),
            "catching up   2026-11-23 02:20:58Z   41%   125,000 entries/s   31.2 MB/s   ETA 0:42");
}

TEST(ProgressLine, LeavesOutWhatIsNotKnown) {
  Progress progress = everything();
  progress.what = "reading";
  progress.position.reset();
  progress.fraction.reset();
  progress.left.reset();
  EXPECT_EQ(line(progress), "reading   125,000 entries/s   31.2 MB/s");
}

TEST(ProgressLine, IsNeverWiderThanTheTerminal) {
  for (int columns = 0; columns <= 100; ++columns) {
    EXPECT_LE(columns_of(line(everything(), columns)), static_cast<std::size_t>(columns));
  }
}

TEST(ProgressLine, GivesUpWhatIsNeededLeast) {
  EXPECT_EQ(line(everything(), 75),
            "catching up   2026-11-23 02:20:58Z   41%   125,000 entries/s   ETA 0:42");
  EXPECT_EQ(line(everything(), 60), "catching up   2026-11-23 02:20:58Z   41%   ETA 0:42");
  EXPECT_EQ(line(everything(), 40), "2026-11-23 02:20:58Z   41%   ETA 0:42");
  EXPECT_EQ(line(everything(), 30), "2026-11-23 02:20:58Z   41%");
  EXPECT_EQ(line(everything(), 10), "41%");
  EXPECT_EQ(line(everything(), 2), "41");
}

TEST(ProgressLine, IsNeverDoneWhileItIsShown) {
  Progress progress = everything();
  for (const double fraction : {0.996, 1.0}) {
    progress.fraction = fraction;
    EXPECT_NE(line(progress).find("   99%   "), std::string::npos) << fraction;
  }
  progress.fraction = 0;
  EXPECT_NE(line(progress).find("   0%   "), std::string::npos);
}

TEST(ProgressLine, GroupsDigits) {
  Progress progress;
  for (const auto& [number, text] :
       {std::pair(0.0, "0"), {999.4, "999"}, {1000.0, "1,000"}, {1'234'567.0, "1,234,567"}}) {
    progress.entries_per_second = number;
    EXPECT_EQ(line(progress), std::string("catching up   ") + text + " entries/s   0.0 MB/s");
  }
}

TEST(ProgressLine, SaysMinutesAndHoursAndNothingThatIsDaysAway) {
  Progress progress;
  for (const auto& [left, text] : {std::pair(seconds(0), "   ETA 0:00"),
                                   {seconds(61), "   ETA 1:01"},
                                   {seconds(3600 * 9 + 65), "   ETA 9:01:05"},
                                   {seconds(3600 * 100), ""}}) {
    progress.left = left;
    EXPECT_EQ(line(progress), std::string("catching up   0 entries/s   0.0 MB/s") + text);
  }
}

}  // namespace
}  // namespace mongotail::output

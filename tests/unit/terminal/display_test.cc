#include "terminal/display.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/fd.h"
#include "bson/extended_json.h"

namespace mongotail::terminal {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class DisplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::fcntl(pipe_.read_end.get(), F_SETFL, O_NONBLOCK);
    area_.open(pipe_.write_end.get());
    window_.begin = bson::Timestamp{1000, 1};
    window_.end = bson::Timestamp{2000, 1};
  }

  std::string written() {
    std::array<char, 65536> bytes;
    const ssize_t got = ::read(pipe_.read_end.get(), bytes.data(), bytes.size());
    return {bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
  }

  Display display(bool progress, bool summary) {
    DisplayOptions options;
    options.progress = progress;
    options.summary = summary;
    return Display(options, window_, true, area_);
  }

  static oplog::Batch up_to(std::uint32_t second) {
    oplog::Batch batch;
    batch.watermark = oplog::OpTime{{second, 1}, 1};
    batch.caught_up = true;
    return batch;
  }

  Pipe pipe_ = make_pipe();
  StatusArea area_;
  ProgressWindow window_;
  void add(const char* ns) {
    const auto document = *bson::parse_document(fmt::format(R"({{"op":"i","ns":"{}"}})", ns));
    oplog::Operation operation;
    operation.entry = *oplog::Entry::parse(document.view());
    summary_.add(operation);
  }

  output::Summary summary_;
  Display::Clock::time_point now_ = Display::Clock::now();
};

TEST_F(DisplayTest, WithNothingToShowWaitsAsLongAsWanted) {
  const Display shown = display(false, false);
  EXPECT_EQ(shown.patience(std::nullopt, now_), std::nullopt);
  EXPECT_EQ(shown.patience(milliseconds(5000), now_), milliseconds(5000));
}

TEST_F(DisplayTest, ShowsNoProgressOfWhatIsSoonOver) {
  Display shown = display(true, false);
  shown.refresh(summary_, now_ + milliseconds(300));
  EXPECT_EQ(written(), "");
  EXPECT_LE(*shown.patience(milliseconds(5000), now_), milliseconds(500));
  shown.refresh(summary_, now_ + milliseconds(500));
  EXPECT_THAT(written(), HasSubstr("catching up"));
}

TEST_F(DisplayTest, RefreshesAFewTimesASecond) {
  Display shown = display(true, false);
  shown.took(up_to(1100));
  std::string all;
  int draws = 0;
  for (int millis = 0; millis < 2400; millis += 10) {
    shown.took(up_to(static_cast<std::uint32_t>(1100 + millis / 10)));
    shown.refresh(summary_, now_ + milliseconds(millis));
    draws += written().empty() ? 0 : 1;
  }
  EXPECT_GE(draws, 8);
  EXPECT_LE(draws, 11);
}

TEST_F(DisplayTest, ProgressIsGoneWhenTheEndIsReached) {
  Display shown = display(true, false);
  shown.refresh(summary_, now_ + milliseconds(600));
  written();
  shown.took(up_to(2000));
  EXPECT_EQ(written(), "\r\x1b[J");
  shown.refresh(summary_, now_ + milliseconds(6000));
  EXPECT_EQ(written(), "");
  EXPECT_EQ(shown.patience(std::nullopt, now_), std::nullopt);
}

TEST_F(DisplayTest, TheSummaryStandsAboveTheProgressAndStaysWithoutIt) {
  add("a.b");
  Display shown = display(true, true);
  shown.took(up_to(1100));
  shown.refresh(summary_, now_ + milliseconds(300));
  const std::string both = written();
  EXPECT_LT(both.find("a.b"), both.find("catching up"));
  shown.took(up_to(2000));
  add("a.c");
  shown.refresh(summary_, now_ + milliseconds(600));
  const std::string one = written();
  EXPECT_THAT(one, HasSubstr("a.c"));
  EXPECT_THAT(one, Not(HasSubstr("catching up")));
  EXPECT_LE(*shown.patience(std::nullopt, now_ + milliseconds(600)), milliseconds(200));
  shown.end();
  EXPECT_EQ(written(), "\r\x1b[J");
}

}  // namespace
}  // namespace mongotail::terminal

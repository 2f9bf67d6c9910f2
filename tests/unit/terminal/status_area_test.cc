#include "terminal/status_area.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/fd.h"
#include "scripted_source.h"

namespace mongotail::terminal {
namespace {

constexpr const char* erase = "\r\x1b[J";

/// Its terminal is a pipe.
class StatusAreaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::fcntl(pipe_.read_end.get(), F_SETFL, O_NONBLOCK);
    area_.open(fd());
  }

  int fd() const { return pipe_.write_end.get(); }

  std::string written() {
    std::array<char, 65536> bytes;
    const ssize_t got = ::read(pipe_.read_end.get(), bytes.data(), bytes.size());
    return {bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
  }

  Pipe pipe_ = make_pipe();
  StatusArea area_;
};

TEST_F(StatusAreaTest, LeavesTheCursorAtItsBeginning) {
  area_.show("one");
  EXPECT_EQ(written(), "one\r");
  area_.show("one\ntwo\nthree");
  EXPECT_EQ(written(), std::string(erase) + "one\ntwo\nthree\r\x1b[2A");
}

TEST_F(StatusAreaTest, IsNotDrawnAgainUnchanged) {
  area_.show("one");
  written();
  area_.show("one");
  EXPECT_EQ(written(), "");
}

TEST_F(StatusAreaTest, IsErasedOnce) {
  area_.show("one");
  written();
  area_.show("");
  area_.show("");
  area_.close();
  EXPECT_EQ(written(), erase);
}

TEST_F(StatusAreaTest, ComesBackBelowWhatIsWritten) {
  RecordingSink sink;
  SinkAboveStatus above(sink, area_);
  area_.show("one");
  written();
  ASSERT_TRUE(above.write("a line\n"));
  EXPECT_EQ(sink.text, "a line\n");
  EXPECT_EQ(written(), std::string(erase) + "one\r");
}

TEST_F(StatusAreaTest, IsNotDrawnIntoWhatIsBeingWritten) {
  area_.show("one");
  written();
  area_.hide();
  EXPECT_EQ(written(), erase);
  area_.show("two");
  area_.print(fd(), "message\n");
  EXPECT_EQ(written(), "message\n");
  area_.unhide();
  EXPECT_EQ(written(), "two\r");
}

TEST_F(StatusAreaTest, AMessageStandsAboveIt) {
  area_.show("one");
  written();
  area_.print(fd(), "message\n");
  EXPECT_EQ(written(), std::string(erase) + "message\none\r");
}

TEST_F(StatusAreaTest, AMessageElsewhereLeavesItAlone) {
  const Pipe elsewhere = make_pipe();
  area_.show("one");
  written();
  area_.print(elsewhere.write_end.get(), "message\n");
  EXPECT_EQ(written(), "");
}

TEST_F(StatusAreaTest, WaitsForNoTerminalThatTakesNothing) {
  ::fcntl(fd(), F_SETFL, O_NONBLOCK);
  const std::string much(4096, 'x');
  while (::write(fd(), much.data(), much.size()) > 0) {
  }
  ::fcntl(fd(), F_SETFL, 0);
  area_.show("one");
  area_.show("two");
  area_.close();
}

TEST_F(StatusAreaTest, DrawsNothingWhereThereIsNoTerminalOrNoMore) {
  StatusArea none;
  none.show("one");
  area_.close();
  area_.show("one");
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace mongotail::terminal

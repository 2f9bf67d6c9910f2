#include "output/byte_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "base/fd.h"

namespace mongotail::output {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe(fds.data()), 0);
    read_end = UniqueFd(fds[0]);
    write_end = UniqueFd(fds[1]);
  }
  std::string read_all() const {
    std::string out;
    std::array<char, 4096> chunk{};
    for (;;) {
      const ssize_t count = ::read(read_end.get(), chunk.data(), chunk.size());
      if (count <= 0) return out;
      out.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }

  UniqueFd read_end;
  UniqueFd write_end;
};

class FdSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = [](int) {};  // without SA_RESTART: a wait ends with EINTR
    ::sigaction(SIGUSR1, &action, nullptr);
  }

  Pipe pipe_;
};

TEST_F(FdSinkTest, AMegabyteArrivesWholeThroughASlowPipe) {
  std::string text;
  for (int i = 0; text.size() < (1u << 20); ++i) text += std::to_string(i) + "\n";
  std::string read;
  std::thread reader([&] { read = pipe_.read_all(); });
  FdSink sink(pipe_.write_end.get());
  EXPECT_TRUE(sink.write(text));
  pipe_.write_end = UniqueFd();
  reader.join();
  EXPECT_EQ(read, text);
}

TEST_F(FdSinkTest, ANonBlockingPipeIsWaitedFor) {
  ::fcntl(pipe_.write_end.get(), F_SETFL, O_NONBLOCK);
  const std::string text(1u << 20, 'x');
  std::string read;
  std::thread reader([&] {
    std::this_thread::sleep_for(20ms);
    read = pipe_.read_all();
  });
  FdSink sink(pipe_.write_end.get());
  EXPECT_TRUE(sink.write(text));
  pipe_.write_end = UniqueFd();
  reader.join();
  EXPECT_EQ(read.size(), text.size());
}

TEST_F(FdSinkTest, AReaderThatWentAwayIsOutputClosed) {
  pipe_.read_end = UniqueFd();
  FdSink sink(pipe_.write_end.get());
  const Status status = sink.write("x\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::output_closed);
}

TEST_F(FdSinkTest, AFullDiskIsAnErrorWithAHint) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) GTEST_SKIP() << "there is no /dev/full";
  FdSink sink(full.get());
  const Status status = sink.write("x\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::output);
  EXPECT_NE(status.error().hint.find("space"), std::string::npos);
}

TEST_F(FdSinkTest, AClosedDescriptorIsAnError) {
  FdSink sink(-1);
  const Status status = sink.write("x\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::output);
}

// Fills the pipe so that the next write waits.
void fill(int fd) {
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  const std::string block(4096, '.');
  while (::write(fd, block.data(), block.size()) > 0) continue;
  ::fcntl(fd, F_SETFL, 0);
}

// Sets the flag and interrupts the thread until the write has returned.
Status stop_while_writing(FdSink& sink, std::atomic<bool>& stop, std::string_view text) {
  Status status;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    status = sink.write(text);
    done = true;
  });
  std::this_thread::sleep_for(20ms);
  stop = true;
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!done && std::chrono::steady_clock::now() < deadline) {
    ::pthread_kill(writer.native_handle(), SIGUSR1);
    std::this_thread::sleep_for(5ms);
  }
  writer.join();
  return status;
}

TEST_F(FdSinkTest, AStopEndsAWriteThatWaitsForASlowReader) {
  fill(pipe_.write_end.get());
  std::atomic<bool> stop = false;
  FdSink sink(pipe_.write_end.get(), &stop);
  const Status status = stop_while_writing(sink, stop, "never read\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::output_closed);
}

TEST_F(FdSinkTest, AStopEndsAWriteToANonBlockingPipeToo) {
  fill(pipe_.write_end.get());
  ::fcntl(pipe_.write_end.get(), F_SETFL, O_NONBLOCK);
  std::atomic<bool> stop = false;
  FdSink sink(pipe_.write_end.get(), &stop);
  EXPECT_FALSE(stop_while_writing(sink, stop, "never read\n"));
}

TEST_F(FdSinkTest, ALineInHandIsFinishedThoughAStopIsAsked) {
  // More than a pipe holds, in one line, and one more line that need not be written.
  const std::string line = std::string(200000, 'x') + "\n";
  std::atomic<bool> stop = true;
  FdSink sink(pipe_.write_end.get(), &stop);
  std::string read;
  std::thread reader([&] {
    std::this_thread::sleep_for(60ms);
    read = pipe_.read_all();
  });
  stop_while_writing(sink, stop, line);
  pipe_.write_end = UniqueFd();
  reader.join();
  EXPECT_EQ(read, line);
}

TEST_F(FdSinkTest, AStopAloneDropsNothingWhileTheReaderKeepsUp) {
  std::atomic<bool> stop = true;
  FdSink sink(pipe_.write_end.get(), &stop);
  EXPECT_TRUE(sink.write("a\nb\n"));
  pipe_.write_end = UniqueFd();
  EXPECT_EQ(pipe_.read_all(), "a\nb\n");
}

// A terminal that shows at once whatever is written to it.
class Terminal {
 public:
  Terminal() {
    int controller = -1;
    int terminal = -1;
    EXPECT_EQ(::openpty(&controller, &terminal, nullptr, nullptr, nullptr), 0);
    controller_ = UniqueFd(controller);
    terminal_ = UniqueFd(terminal);
    reader_ = std::thread([this] {
      std::array<char, 4096> chunk{};
      while (::read(controller_.get(), chunk.data(), chunk.size()) > 0) continue;
    });
  }
  ~Terminal() {
    terminal_ = UniqueFd();
    reader_.join();
  }
  int fd() const { return terminal_.get(); }

 private:
  UniqueFd controller_;
  UniqueFd terminal_;
  std::thread reader_;
};

TEST_F(FdSinkTest, ATerminalThatKeepsUpIsWrittenToThoughSignalsComeAsOneStops) {
  const Terminal terminal;
  std::string screenful;
  for (int i = 0; i < 40; ++i)
    screenful += "shop.orders   insert   1   123 B   in one of forty lines\n";
  std::atomic<bool> stop = true;
  FdSink sink(terminal.fd(), &stop);
  std::atomic<bool> done = false;
  int refused = 0;
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i) refused += !sink.write(screenful);
    done = true;
  });
  while (!done) ::pthread_kill(writer.native_handle(), SIGUSR1);
  writer.join();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace mongotail::output

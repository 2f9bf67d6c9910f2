#include "cli/password_prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>

#include "base/fd.h"
#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto patience = std::chrono::seconds(10);

/// A terminal of the test's own: the test is the person, a child process asks.
class Terminal {
 public:
  Terminal() : person_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(person_.get());
    ::unlockpt(person_.get());
    path_ = ::ptsname(person_.get());
    // Keeps the terminal's settings alive while nobody else has it open.
    held_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_NOCTTY));
  }

  const std::string& path() const { return path_; }
  bool echoes() const {
    termios settings{};
    ::tcgetattr(held_.get(), &settings);
    return (settings.c_lflag & ECHO) != 0;
  }
  void type(std::string_view text) const {
    EXPECT_EQ(::write(person_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// Everything shown until `text` is among it.
  std::string wait_for(std::string_view text) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (shown_.find(text) == std::string::npos && std::chrono::steady_clock::now() < end) {
      pollfd ready{person_.get(), POLLIN, 0};
      std::array<char, 256> buffer;
      if (::poll(&ready, 1, 100) <= 0) continue;
      const auto count = ::read(person_.get(), buffer.data(), buffer.size());
      if (count > 0) shown_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    EXPECT_THAT(shown_, HasSubstr(std::string(text)));
    return shown_;
  }

 private:
  UniqueFd person_;
  UniqueFd held_;
  std::string path_;
  std::string shown_;
};

/// A child process that runs `what`; its exit status is what that returns.
class Child {
 public:
  explicit Child(const std::function<int()>& what) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(what());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
  }

  void signal(int number) const { ::kill(pid_, number); }
  /// As waitpid gives it; -1 where it does not end.
  int wait() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return status;
      }
      ::usleep(5'000);
    }
    return -1;
  }

 private:
  pid_t pid_;
};

TEST(PasswordPrompt, ReadsALineAndShowsNothingOfIt) {
  Terminal terminal;
  Child child([&] {
    const auto password = prompt_password("Password: ", terminal.path());
    return password && *password == "geh heim" ? 0 : 1;
  });
  terminal.wait_for("Password: ");
  EXPECT_FALSE(terminal.echoes());
  terminal.type("geh heim\n");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(terminal.echoes());
  EXPECT_THAT(terminal.wait_for("\n"), Not(HasSubstr("geh")));
}

TEST(PasswordPrompt, AnEmptyLineIsAnEmptyPassword) {
  Terminal terminal;
  Child child([&] {
    const auto password = prompt_password("? ", terminal.path());
    return password && password->empty() ? 0 : 1;
  });
  terminal.wait_for("? ");
  terminal.type("\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(PasswordPrompt, EndOfInputIsNotAPassword) {
  Terminal terminal;
  Child child([&] {
    const auto password = prompt_password("? ", terminal.path());
    return !password && password.error().cause == Cause::input ? 0 : 1;
  });
  terminal.wait_for("? ");
  terminal.type("\x04");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(terminal.echoes());
}

TEST(PasswordPrompt, ASignalEndsTheProcessWithTheEchoBack) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    Terminal terminal;
    Child child([&] {
      prompt_password("? ", terminal.path());
      return 0;
    });
    terminal.wait_for("? ");
    EXPECT_FALSE(terminal.echoes());
    child.signal(signal);
    const int status = child.wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << signal;
    EXPECT_TRUE(terminal.echoes()) << signal;
  }
}

TEST(PasswordPrompt, ASignalThatIsHandledElsewhereEndsTheWaiting) {
  Terminal terminal;
  Child child([&] {
    ::signal(SIGTERM, [](int) {});
    const auto password = prompt_password("? ", terminal.path());
    return password ? 1 : 0;
  });
  terminal.wait_for("? ");
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(terminal.echoes());
}

TEST(PasswordPrompt, AnIgnoredSignalIsIgnored) {
  Terminal terminal;
  Child child([&] {
    ::signal(SIGHUP, SIG_IGN);
    const auto password = prompt_password("? ", terminal.path());
    return password && *password == "x" ? 0 : 1;
  });
  terminal.wait_for("? ");
  child.signal(SIGHUP);
  ::usleep(200'000);
  terminal.type("x\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(PasswordPrompt, AfterAStopItAsksAgain) {
  Terminal terminal;
  Child child([&] {
    const auto password = prompt_password("? ", terminal.path());
    return password && *password == "x" ? 0 : 1;
  });
  terminal.wait_for("? ");
  child.signal(SIGTSTP);
  // A process without a shell to wake it is not stopped by SIGTSTP; SIGCONT wakes one that was.
  ::usleep(200'000);
  child.signal(SIGCONT);
  terminal.wait_for("\n? ");
  terminal.type("x\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(PasswordPrompt, WithoutATerminalItFails) {
  for (const char* path : {"/nonexistent", "/dev/null"}) {
    const auto password = prompt_password("? ", path);
    ASSERT_FALSE(password) << path;
    EXPECT_EQ(password.error().cause, Cause::input);
    EXPECT_FALSE(password.error().hint.empty());
  }
}

TEST(PasswordQuestion, NamesTheUserAndTheFirstHost) {
  ConnectionConfig config;
  config.uri = "mongodb://ann%40x@db1:27018,db2/?replicaSet=rs0";
  EXPECT_EQ(password_question(config), "Password for ann@x@db1:27018: ");
  config.username = "tail";
  config.uri = "mongodb://db1/";
  EXPECT_EQ(password_question(config), "Password for tail@db1: ");
}

}  // namespace
}  // namespace mongotail::cli

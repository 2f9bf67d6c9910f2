#include "cli/password_prompt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/safe_text.h"
#include "base/text.h"
#include "base/uri.h"
#include "cli/server_uri.h"

namespace mongotail::cli {
namespace {

constexpr int wait_ms = 50;
constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Holds signals back; at the end of its life those that came take effect.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : ending_signals) hold(signal);
    hold(SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  bool came(int signal) const {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&held_, signal) == 1 && sigismember(&pending, signal) == 1;
  }
  bool ending_came() const {
    return std::any_of(ending_signals.begin(), ending_signals.end(),
                       [this](int signal) { return came(signal); });
  }

 private:
  // Linux keeps a blocked signal pending even where it is ignored, as under nohup.
  void hold(int signal) {
    if (!is_ignored(signal)) sigaddset(&held_, signal);
  }

  sigset_t held_{};
  sigset_t before_{};
};

/// Switches the terminal's echo off for the time of its life. What was typed ahead is dropped.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    set_ = ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (set_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

  bool works() const { return set_; }

 private:
  int fd_;
  termios before_{};
  bool known_ = false;
  bool set_ = false;
};

void say(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

enum class Read { line, ended, stopped, closed };

Read read_line(int fd, const HeldSignals& signals, std::string& line) {
  for (;;) {
    if (signals.ending_came()) return Read::ended;
    if (signals.came(SIGTSTP)) return Read::stopped;
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, wait_ms) <= 0) continue;
    std::array<char, 256> buffer;
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return Read::closed;
    line.append(buffer.data(), static_cast<std::size_t>(count));
    if (line.back() != '\n') continue;
    line.pop_back();
    return Read::line;
  }
}

tl::unexpected<Error> no_terminal(std::string_view why) {
  return fail(Cause::input, fmt::format("can't ask for the password: {}", why),
              "put password = \"...\" in a file and name it with --config");
}

}  // namespace

std::string password_question(const ConnectionConfig& connection) {
  const UriParts parts = UriParts::of(connection.uri);
  const std::string user =
      connection.username.value_or(login_of(connection.uri).username.value_or(""));
  // The first of several hosts is enough to know the deployment by.
  const std::string host = percent_decoded(parts.hosts.substr(0, parts.hosts.find(',')));
  return fmt::format("Password for {}@{}: ", safe_text(user), safe_text(host));
}

Result<std::string> prompt_password(std::string_view question, const std::string& terminal) {
  const UniqueFd fd(::open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd) return no_terminal(fmt::format("{}: {}", terminal, std::strerror(errno)));
  for (;;) {
    std::string line;
    Read outcome = Read::closed;
    {
      const HeldSignals held;
      const NoEcho silence(fd.get());
      if (!silence.works())
        return no_terminal(fmt::format("{} has no echo to switch off", terminal));
      say(fd.get(), question);
      outcome = read_line(fd.get(), held, line);
      say(fd.get(), "\n");
    }
    if (outcome == Read::line) return line;
    if (outcome == Read::ended) return no_terminal("a signal came first");
    if (outcome == Read::closed) return no_terminal("the terminal gave none");
  }
}

}  // namespace mongotail::cli

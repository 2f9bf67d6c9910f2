#include "app/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace mongotail::app {
namespace {

constexpr int watched[] = {SIGINT, SIGTERM, SIGWINCH};

// A handler can reach nothing but a static.
std::atomic<int> pipe_for_handler{-1};

extern "C" void on_signal(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  const int fd = pipe_for_handler.load();
  // A full pipe already says enough.
  if (fd >= 0 && ::write(fd, &byte, 1) < 0) errno = saved;
  errno = saved;
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  // Without SA_RESTART a write that waits for a slow reader returns.
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() : pipe_(make_pipe()) {
  for (const UniqueFd* end : {&pipe_.read_end, &pipe_.write_end}) {
    ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }
  pipe_for_handler = pipe_.write_end.get();
  for (const int signal : watched) set_handler(signal, on_signal);
}

Signals::~Signals() {
  for (const int signal : watched) set_handler(signal, SIG_DFL);
  pipe_for_handler = -1;
}

std::optional<int> Signals::take() {
  unsigned char byte = 0;
  if (::read(pipe_.read_end.get(), &byte, 1) != 1) return std::nullopt;
  return byte;
}

void die_of(int signal) {
  set_handler(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  std::_Exit(128 + signal);
}

}  // namespace mongotail::app

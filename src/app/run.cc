#include "app/run.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "app/pipeline.h"
#include "app/signals.h"
#include "base/fd.h"
#include "base/standard_fds.h"
#include "output/byte_sink.h"
#include "terminal/display.h"
#include "terminal/status_area.h"
#include "terminal/terminal_window.h"

namespace mongotail::app {
namespace {

using Clock = std::chrono::steady_clock;

// The contract is 200 ms from the signal to the end; a loaded machine takes its share of them.
constexpr std::chrono::milliseconds grace{100};
// Before there is output nothing but a message to stderr can be half done.
constexpr std::chrono::milliseconds grace_before_output{10};

/// The pipeline on a thread of its own. Shared by that thread and the one that supervises it, for
/// the thread may outlive the supervision: nothing can wake a call into the driver.
struct Worker {
  Worker(cli::Config the_config, terminal::Console& the_console)
      : config(std::move(the_config)),
        console(the_console),
        window(STDOUT_FILENO, config.format.width) {}

  cli::Config config;
  terminal::Console& console;
  terminal::TerminalWindow window;
  std::stop_source stop;
  std::atomic<bool> stopped = false;
  std::atomic<bool> printing = false;
  Pipe done = make_pipe();  // its write end is closed when `outcome` is there
  Status outcome;
};

bool is_pipe(int fd) {
  struct stat about {};
  return ::fstat(fd, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

/// What was requested, on the terminals that this process has. There is no progress where stdout
/// is a pipe: its reader may write to the very terminal.
terminal::DisplayOptions display_of(const cli::Config& config) {
  struct stat out {};
  struct stat err {};
  const bool known = ::fstat(STDOUT_FILENO, &out) == 0 && ::fstat(STDERR_FILENO, &err) == 0;
  const bool same =
      known && S_ISCHR(out.st_mode) && out.st_rdev == err.st_rdev && ::isatty(STDOUT_FILENO) == 1;
  terminal::DisplayOptions options;
  options.summary = config.live_summary;
  const bool on_stdout = options.summary && !same;
  options.progress = config.status_line && known && !is_pipe(STDOUT_FILENO) && !on_stdout;
  options.above_status = (options.progress && same) || options.summary;
  if (options.progress || options.summary) options.fd = on_stdout ? STDOUT_FILENO : STDERR_FILENO;
  return options;
}

void work(Worker& worker) {
  const bool binary = worker.config.format.format == output::Format::bson;
  output::FdSink out(STDOUT_FILENO, &worker.stopped,
                     binary ? output::FdSink::Unit::block : output::FdSink::Unit::line);
  terminal::StatusArea& status = worker.console.status();
  terminal::SinkAboveStatus above(out, status);
  const auto display = display_of(worker.config);
  if (display.fd >= 0) status.open(display.fd);
  const Outlets outlets{display.above_status ? static_cast<output::ByteSink&>(above) : out,
                        worker.window,
                        worker.console,
                        status,
                        display,
                        worker.printing};
  run_pipeline(worker.config, outlets, worker.stop.get_token(), [&](Status outcome) {
    worker.outcome = std::move(outcome);
    worker.done.write_end = UniqueFd();
  });
}

enum class Wake { done, signal, reader_gone, timeout };

/// Waits for what can happen to a run.
class Supervisor {
 public:
  Supervisor(const Worker& worker, Signals& signals) : worker_(worker), signals_(signals) {
    watch_stdout_ = is_pipe(STDOUT_FILENO);
  }

  Wake wait(std::optional<std::chrono::milliseconds> patience) {
    std::array<pollfd, 3> fds{{{worker_.done.read_end.get(), POLLIN, 0},
                               {signals_.fd(), POLLIN, 0},
                               // No event is requested, only the errors.
                               {watch_stdout_ ? STDOUT_FILENO : -1, 0, 0}}};
    const int ready =
        ::poll(fds.data(), fds.size(), patience ? static_cast<int>(patience->count()) : -1);
    if (ready == 0) return Wake::timeout;
    if (fds[0].revents != 0) return Wake::done;
    if (fds[1].revents != 0 || ready < 0) return Wake::signal;
    watch_stdout_ = false;
    return Wake::reader_gone;
  }

 private:
  const Worker& worker_;
  Signals& signals_;
  bool watch_stdout_;
};

// Asks the worker to end, and gives it the time to write whole lines.
void stop(Worker& worker, Supervisor& supervisor, Signals& signals, std::thread& thread) {
  worker.stopped = true;
  worker.stop.request_stop();
  const auto begin = Clock::now();
  while (Clock::now() < begin + (worker.printing ? grace : grace_before_output)) {
    // A write that waits for a slow reader returns when a signal meets its thread.
    ::pthread_kill(thread.native_handle(), SIGWINCH);
    const Wake wake = supervisor.wait(std::chrono::milliseconds(10));
    if (wake == Wake::done) return;
    while (const auto signal = signals.take()) {
      if (*signal != SIGWINCH) return;
    }
  }
}

ExitCode exit_code(const Status& outcome, terminal::Console& console) {
  if (outcome) return ExitCode::success;
  const ExitCode code = exit_code_for(outcome.error().cause);
  if (code != ExitCode::success) console.error(outcome.error());
  return code;
}

}  // namespace

ExitCode run(cli::Config config, terminal::Console& console) {
  if (!is_open_for_writing(STDOUT_FILENO)) {
    return exit_code(fail(Cause::output, "stdout is closed",
                          "open it for writing, such as with >FILE or >/dev/null"),
                     console);
  }
  const auto worker = std::make_shared<Worker>(std::move(config), console);
  Signals signals;
  worker->window.measure();  // no signal was heard before
  std::thread thread([worker] { work(*worker); });
  Supervisor supervisor(*worker, signals);
  for (;;) {
    const Wake wake = supervisor.wait(std::nullopt);
    if (wake == Wake::done) {
      thread.detach();
      return exit_code(worker->outcome, console);
    }
    if (wake == Wake::reader_gone) {
      thread.detach();
      return ExitCode::success;
    }
    const auto signal = signals.take();
    if (signal == SIGWINCH) worker->window.measure();
    if (!signal || *signal == SIGWINCH) continue;
    stop(*worker, supervisor, signals, thread);
    console.status().close();
    die_of(*signal);
  }
}

}  // namespace mongotail::app

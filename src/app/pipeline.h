#pragma once

#include <atomic>
#include <functional>
#include <stop_token>

#include "base/reporter.h"
#include "base/result.h"
#include "cli/config.h"
#include "output/byte_sink.h"
#include "terminal/display.h"
#include "terminal/status_area.h"
#include "terminal/terminal_window.h"

namespace mongotail::app {

/// What a run talks to.
struct Outlets {
  output::ByteSink& sink;
  const terminal::TerminalWindow& window;  ///< of the sink
  Reporter& reporter;
  terminal::StatusArea& status;
  terminal::DisplayOptions display;
  std::atomic<bool>& printing;  ///< set once there may be output
};

/// One run: connects, finds the start, and prints until the requested end. Meant for a
/// thread of its own, for neither a connection attempt nor a read can be woken. A stop request ends
/// the output, after whole lines, at once.
/// `finished` is called once, with the outcome; tearing down what the run held comes after that and
/// may take as long as a read that still waits.
void run_pipeline(const cli::Config& config, const Outlets& outlets, std::stop_token stop,
                  const std::function<void(Status)>& finished);

}  // namespace mongotail::app

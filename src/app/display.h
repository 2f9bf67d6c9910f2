#pragma once

#include <chrono>
#include <optional>

#include "app/catch_up.h"
#include "app/status_area.h"
#include "cli/config.h"
#include "oplog/source.h"
#include "output/summary.h"
#include "output/summary_screen.h"

namespace mongotail::app {

/// Which terminals show what, beside the lines themselves.
struct DisplayOptions {
  int fd = -1;                ///< where the status area is; -1: there is none
  bool above_status = false;  ///< stdout is the same terminal
  bool progress = false;      ///< how far a catch-up has got
  bool summary = false;       ///< the summary so far

  /// What was asked for, on the terminals that this process has. There is no progress where stdout
  /// is a pipe: its reader may write to the very terminal.
  static DisplayOptions of(const cli::Config& config);
};

/// What a person sees of a run beside its lines, redrawn a few times a second. Not thread-safe.
class Display {
 public:
  using Clock = std::chrono::steady_clock;
  using Patience = std::optional<std::chrono::milliseconds>;

  /// `area` must outlive the object.
  Display(const DisplayOptions& options, const CatchUpWindow& window, bool utc, StatusArea& area);

  /// How long to wait for the next batch until refresh() has something to do, and no longer than
  /// `wanted`; nullopt is for ever.
  Patience patience(Patience wanted, Clock::time_point now) const;
  void took(const oplog::Batch& batch);
  /// Cheap where nothing is due.
  void refresh(const output::Summary& summary, Clock::time_point now);
  /// What is printed from here on needs no company.
  void end();

 private:
  bool active() const { return options_.summary || catch_up_; }

  DisplayOptions options_;
  bool utc_;
  StatusArea& area_;
  std::optional<CatchUp> catch_up_;
  output::SummaryScreen screen_;
  Clock::time_point next_;
};

}  // namespace mongotail::app

#pragma once

#include <chrono>
#include <optional>

#include "oplog/source.h"
#include "output/summary.h"
#include "output/summary_screen.h"
#include "terminal/progress_meter.h"
#include "terminal/status_area.h"

namespace mongotail::terminal {

/// Which terminals show what, beside the lines themselves.
struct DisplayOptions {
  int fd = -1;                ///< where the status area is; -1: there is none
  bool above_status = false;  ///< stdout is the same terminal
  bool progress = false;      ///< how far a catch-up has got
  bool summary = false;       ///< the summary so far
};

/// What a person sees of a run beside its lines, redrawn a few times a second. Not thread-safe.
class Display {
 public:
  using Clock = std::chrono::steady_clock;
  using Patience = std::optional<std::chrono::milliseconds>;

  /// `area` must outlive the object.
  Display(const DisplayOptions& options, const ProgressWindow& window, bool utc, StatusArea& area);

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
  std::optional<ProgressMeter> catch_up_;
  output::SummaryScreen screen_;
  Clock::time_point next_;
};

}  // namespace mongotail::terminal

#include "terminal/display.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mongotail::terminal {
namespace {

constexpr std::chrono::milliseconds interval{200};

// What is over by then needs no progress.
constexpr std::chrono::milliseconds first_progress{400};

}  // namespace

Display::Display(const DisplayOptions& options, const ProgressWindow& window, bool utc,
                 StatusArea& area)
    : options_(options), utc_(utc), area_(area), next_(Clock::now()) {
  if (!options.progress) return;
  catch_up_.emplace(window, next_);
  if (catch_up_->over()) catch_up_.reset();
  if (!options.summary) next_ += first_progress;
}

Display::Patience Display::patience(Patience wanted, Clock::time_point now) const {
  if (!active()) return wanted;
  const auto until_next = std::chrono::ceil<std::chrono::milliseconds>(next_ - now);
  const auto longest = std::max(until_next, std::chrono::milliseconds(0));
  return wanted ? std::min(*wanted, longest) : longest;
}

void Display::took(const oplog::Batch& batch) {
  if (!catch_up_) return;
  catch_up_->took(batch);
  if (!catch_up_->over()) return;
  catch_up_.reset();
  if (!options_.summary) area_.show("");
}

void Display::refresh(const output::Summary& summary, Clock::time_point now) {
  if (!active() || now < next_) return;
  next_ = now + interval;
  const TerminalSize size = area_.size();
  std::string lines;
  if (catch_up_) lines = output::progress_line(catch_up_->progress(now), utc_, size.columns - 1);
  if (options_.summary) {
    const int rows = size.rows - 1 - (catch_up_ ? 1 : 0);
    // While it catches up, the last seconds say how fast it reads, not what the set writes.
    std::string table = screen_.text(summary, rows, size.columns - 1, now, !catch_up_);
    if (catch_up_) table += '\n';
    lines.insert(0, table);
  }
  area_.show(std::move(lines));
}

void Display::end() {
  catch_up_.reset();
  options_.summary = false;
  area_.show("");
}

}  // namespace mongotail::terminal

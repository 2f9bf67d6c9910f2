#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "output/summary.h"
#include "output/summary_table.h"

namespace mongotail::output {

/// A summary that grows, as a terminal shows it. Lines change their places every few seconds at
/// most, and columns don't get narrower, so that it can be read; a group that is new comes last
/// until then.
class SummaryScreen {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// For this many rows and columns, without the last line's end; what comes last in the summary's
  /// order is left out, with its number said. With `recent`, the rates of the last 10 s: as far
  /// back as this was called.
  std::string text(const Summary& summary, int rows, int columns, Time now, bool recent);

 private:
  struct Snapshot {
    Time at;
    Tally total;
    std::unordered_map<std::uint64_t, std::int64_t> counts;  // by the groups' serials
  };

  std::vector<Summary::Item> lines(const Summary& summary, std::size_t most, Time now);
  void remember(const Summary& summary, Time now);
  Rate total_rate(const Summary& summary, Time now) const;
  double operations_rate(Summary::Item item, Time now) const;
  double seconds_since_oldest(Time now) const;

  std::vector<std::uint64_t> order_;  // serials
  std::size_t most_ = 0;
  Time sorted_at_;
  std::vector<std::size_t> widths_;
  int columns_ = 0;
  std::deque<Snapshot> snapshots_;
};

}  // namespace mongotail::output

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mongotail::output {

/// How far a run has got with what was there before it, as far as that is known.
struct Progress {
  std::string_view what = "catching up";
  std::optional<std::int64_t> position;  ///< in the oplog's time: Unix seconds
  std::optional<double> fraction;        ///< of the whole, 0 to 1
  double entries_per_second = 0;
  double bytes_per_second = 0;
  std::optional<std::chrono::seconds> left;
};

/// One line of at most `columns` columns, without its end; what is needed least is left out first.
///
///     catching up   2026-11-23 02:20:58+01:00   41%   125,000 entries/s   31.2 MB/s   ETA 0:42
std::string progress_line(const Progress& progress, bool utc, int columns);

}  // namespace mongotail::output

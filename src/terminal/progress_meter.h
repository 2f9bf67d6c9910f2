#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bson/types.h"
#include "oplog/source.h"
#include "output/progress_line.h"
#include "terminal/oplog_shape.h"

namespace mongotail::terminal {

/// What there is to read before a run has caught up; all of it as far as it is known.
struct ProgressWindow {
  bool ends = false;                     ///< the run ends with it
  std::optional<bson::Timestamp> begin;  ///< none: where the first entry is
  std::optional<bson::Timestamp> end;    ///< of the last entry that was there at the start
  bool end_moves = false;                ///< the oplog keeps growing, about as fast as time passes
  /// Of a server that sends nearly all of its oplog, where it says how large that is.
  struct Oplog {
    double bytes = 0;            ///< of all entries
    double seconds_outside = 0;  ///< of the oplog's time, before the window and after it
  };
  std::optional<Oplog> oplog;
  std::optional<OplogShape> shape;  ///< of a server that sends a part of its oplog
  /// Of saved files, as they are stored: how many bytes they have, and how many have been read. The
  /// counter must outlive whoever is given the window; nullptr: not files.
  std::optional<std::uint64_t> bytes;
  const std::atomic<std::uint64_t>* bytes_read = nullptr;
  /// Of several sources, merged: up to where each had entries at the start. Empty: there is one.
  std::vector<std::optional<bson::Timestamp>> source_ends = {};
};

/// How far a run has got in its window, and how fast. Not thread-safe.
class ProgressMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ProgressMeter(const ProgressWindow& window, Time now);

  void took(const oplog::Batch& batch);
  /// All of it has been read. At once where there is nothing.
  bool over() const { return over_; }
  /// Speeds are of the last seconds in which this was called.
  output::Progress progress(Time now);

 private:
  struct Sample {
    Time at;
    double entries = 0;
    double bytes = 0;
    double position = 0;  // in the window: bytes of files or of an oplog, else as place_of()
  };
  struct Estimate {
    Time at;
    double finish = 0;  // seconds from the start on
  };

  std::optional<bson::Timestamp> position_after(const oplog::Batch& batch);
  void begin_at(bson::Timestamp position);
  Sample sample(Time now) const;
  /// Where the window ends by now, measured as positions are.
  std::optional<double> end(Time now) const;
  double begin() const;
  /// Where a time is in the oplog: by its shape, else in seconds.
  double place_of(bson::Timestamp ts) const;
  bool by_time() const { return window_.bytes_read == nullptr && !window_.oplog; }
  double oplog_bytes_left() const;
  std::optional<std::chrono::seconds> time_left(double seconds, Time now);

  ProgressWindow window_;
  Time started_;
  bool over_ = false;
  std::uint64_t entries_ = 0;
  std::uint64_t entry_bytes_ = 0;
  std::optional<bson::Timestamp> position_;
  std::vector<std::optional<bson::Timestamp>> source_positions_;
  std::deque<Sample> samples_;
  std::deque<Estimate> estimates_;
};

}  // namespace mongotail::terminal

#pragma once

#include <chrono>
#include <cstdint>

namespace mongotail::mongo {

/// How much of the past a filtered read asks for at a time, as a span of the oplog's time.
/// A filter that selects little keeps a read silent until it ends, and silence is all that tells of
/// a server that hangs. So each read has to end well within the socket timeout; this finds the span
/// that does, for the server and the density of writes at hand.
class ScanPace {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// Seconds of the oplog's time, at least 1.
  std::uint32_t span() const { return span_; }

  /// The last span was read to its end in that time; `wanted` is what one should take.
  void took(Duration time, Duration wanted);

  /// The last span was not read in time. False if there is no smaller one. Spans stay far below
  /// it from now on: where quiet nights are followed by busy days, that happens once.
  bool shrink();

 private:
  // Of the busiest servers (100,000 writes a second) that is a scan of about two seconds.
  static constexpr std::uint32_t first = 10;

  std::uint32_t span_ = first;
  std::uint32_t longest_ = 1'000'000'000;  // 30 years, which no oplog holds
};

}  // namespace mongotail::mongo

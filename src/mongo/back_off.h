#pragma once

#include <chrono>
#include <random>
#include <stop_token>

#include "mongo/patience.h"

namespace mongotail::mongo {

/// Waits between attempts: first 100 ms, doubling up to 5 s, each with up to a quarter of jitter
/// taken off, so that many clients of a restarted server don't come back as one.
class BackOff {
 public:
  explicit BackOff(Patience patience = {}) : first_(patience.first_retry) {}

  /// Returns early when a stop is requested.
  void wait(const std::stop_token& stop);
  void reset() { next_ = first_; }

 private:
  static constexpr std::chrono::milliseconds longest{5000};

  std::chrono::milliseconds first_;
  std::chrono::milliseconds next_ = first_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace mongotail::mongo

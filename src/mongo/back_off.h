#pragma once

#include <chrono>
#include <random>
#include <stop_token>

namespace mongotail::mongo {

/// Waits between attempts: 100 ms, doubling up to 5 s, each with up to a quarter of jitter taken
/// off, so that many clients of a restarted server don't come back as one.
class BackOff {
 public:
  /// Returns early when a stop is requested.
  void wait(const std::stop_token& stop);
  void reset() { next_ = first; }

 private:
  static constexpr std::chrono::milliseconds first{100};
  static constexpr std::chrono::milliseconds longest{5000};

  std::chrono::milliseconds next_ = first;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace mongotail::mongo

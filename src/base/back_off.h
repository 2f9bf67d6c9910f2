#pragma once

#include <chrono>
#include <random>
#include <stop_token>

namespace mongotail {

/// False: a stop was requested, at once or while it waited.
bool pause(std::chrono::milliseconds time, const std::stop_token& stop);

/// Waits between attempts: 100 ms at first, doubling up to 5 s, each with up to a quarter of jitter
/// taken off, so that many clients of a restarted server don't come back as one.
class BackOff {
 public:
  explicit BackOff(std::chrono::milliseconds first = std::chrono::milliseconds(100))
      : first_(first) {}

  /// Returns early when a stop is requested.
  void wait(const std::stop_token& stop);
  void reset() { next_ = first_; }

 private:
  static constexpr std::chrono::milliseconds longest{5000};

  std::chrono::milliseconds first_;
  std::chrono::milliseconds next_ = first_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace mongotail

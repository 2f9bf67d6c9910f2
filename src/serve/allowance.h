#pragma once

#include <algorithm>
#include <chrono>

namespace mongotail::serve {

/// How much time something may take of a thread that others wait for: a small stock, which fills up
/// again with a part of the time that passes. It may become a debt. Not thread-safe.
class Allowance {
 public:
  using Clock = std::chrono::steady_clock;
  using Duration = std::chrono::nanoseconds;

  /// `one_in`: 4 for a quarter of the time.
  Allowance(Duration most, int one_in) : most_(most), one_in_(one_in), left_(most) {}

  /// Looks at the clock only if there is little left.
  Duration left() {
    if (left_ * 2 < most_) fill(Clock::now());
    return left_;
  }
  void take(Duration used) { left_ -= used; }

 private:
  void fill(Clock::time_point now) {
    left_ = std::min<Duration>(most_, left_ + (now - filled_at_) / one_in_);
    filled_at_ = now;
  }

  Duration most_;
  int one_in_;
  Duration left_;
  Clock::time_point filled_at_ = Clock::now();
};

}  // namespace mongotail::serve

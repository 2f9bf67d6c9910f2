#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace mongotail::match {

/// The processor time that an evaluation may take on its thread, and what it has taken. Not
/// thread-safe, and bound to the thread that spends it.
class Effort {
 public:
  using Duration = std::chrono::nanoseconds;

  explicit Effort(Duration limit) : limit_(limit) {}

  /// To be asked before work of about that many nanoseconds. False once it can't be done in the
  /// time left, and from then on: what the evaluation has found means nothing.
  bool spend(std::size_t steps) {
    if (steps < unchecked_) {
      unchecked_ -= steps;
      return true;
    }
    return check(steps);
  }
  bool spent() const { return spent_; }
  /// The work can't be done for another reason than time.
  void give_up();

  /// Looks at the clock.
  Duration left();
  /// As of the last look at the clock; 0 if the work was too little for one.
  Duration used() const { return used_; }
  Duration limit() const { return limit_; }

 private:
  // The clock costs as much as 200 steps or more.
  static constexpr std::size_t steps_between_looks = 4000;

  bool check(std::size_t steps);
  void look();

  Duration limit_;
  Duration used_{};
  std::optional<Duration> began_;
  std::size_t unchecked_ = steps_between_looks;
  bool spent_ = false;
};

}  // namespace mongotail::match

#include "match/effort.h"

#include <time.h>

namespace mongotail::match {
namespace {

// Of processor time: an evaluation is not to blame for a machine that is busy with other things.
Effort::Duration time_of_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void Effort::give_up() {
  spent_ = true;
  unchecked_ = 0;
}

void Effort::look() {
  const Duration now = time_of_thread();
  if (!began_) began_ = now;
  used_ = now - *began_;
}

Effort::Duration Effort::left() {
  look();
  return spent_ || used_ > limit_ ? Duration{} : limit_ - used_;
}

bool Effort::check(std::size_t steps) {
  if (spent_) return false;
  look();
  if (used_ + Duration(static_cast<Duration::rep>(steps)) > limit_) {
    give_up();
    return false;
  }
  unchecked_ = steps_between_looks;
  return true;
}

}  // namespace mongotail::match

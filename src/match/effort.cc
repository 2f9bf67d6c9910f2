#include "match/effort.h"

#include "base/thread_time.h"

namespace mongotail::match {

void Effort::give_up() {
  spent_ = true;
  unchecked_ = 0;
}

void Effort::look() {
  // An evaluation is not to blame for a machine that is busy with other things.
  const Duration now = thread_time();
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

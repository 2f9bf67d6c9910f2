#include "base/back_off.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace mongotail {

bool pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void BackOff::wait(const std::stop_token& stop) {
  std::uniform_int_distribution<long> jitter(0, next_.count() / 4);
  const std::chrono::milliseconds time = next_ - std::chrono::milliseconds(jitter(random_));
  next_ = std::min(next_ * 2, longest);
  pause(time, stop);
}

}  // namespace mongotail

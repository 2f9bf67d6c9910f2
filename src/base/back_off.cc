#include "base/back_off.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace mongotail {

void BackOff::wait(const std::stop_token& stop) {
  std::uniform_int_distribution<long> jitter(0, next_.count() / 4);
  const std::chrono::milliseconds pause = next_ - std::chrono::milliseconds(jitter(random_));
  next_ = std::min(next_ * 2, longest);

  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace mongotail

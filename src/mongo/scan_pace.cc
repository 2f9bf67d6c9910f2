#include "mongo/scan_pace.h"

#include <algorithm>

namespace mongotail::mongo {

void ScanPace::took(Duration time, Duration wanted) {
  if (time < wanted / 8) {
    span_ = std::min(longest_, span_ * 4);
  } else if (time < wanted / 2) {
    span_ = std::min(longest_, span_ * 2);
  } else if (time > wanted) {
    const double part = std::chrono::duration<double>(wanted) / std::chrono::duration<double>(time);
    span_ = std::max(1u, static_cast<std::uint32_t>(span_ * part));
  }
}

bool ScanPace::shrink() {
  if (span_ == 1) return false;
  span_ = std::max(1u, span_ / 64);
  longest_ = span_ * 4;
  return true;
}

}  // namespace mongotail::mongo

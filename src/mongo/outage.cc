#include "mongo/outage.h"

#include <fmt/format.h>

#include <utility>

#include "mongo/oplog_reader.h"
#include "oplog/entry.h"

namespace mongotail::mongo {

void Outage::failed(const std::string& what, bool perhaps_slow) {
  if (!since_) {
    since_ = Clock::now();
    if (perhaps_slow) {
      unsaid_ = what;
    } else {
      say(what);
    }
  } else if (unsaid_) {
    say(*std::exchange(unsaid_, std::nullopt));
  }
}

void Outage::over(const OplogReader& reader, bson::Timestamp ts) {
  if (!since_) return;
  const std::chrono::duration<double> away = Clock::now() - *since_;
  since_ = std::nullopt;
  if (unsaid_) {
    unsaid_ = std::nullopt;
    reporter_.detail(
        fmt::format("{} took too long to read that much; continuing from {} in smaller pieces",
                    reader.address(), oplog::with_time(ts)));
  } else {
    reporter_.warning(fmt::format("back after {:.1f} s at {}, resuming from {}", away.count(),
                                  reader.address(), oplog::with_time(ts)));
  }
}

void Outage::say(const std::string& what) {
  reporter_.warning(fmt::format("connection lost: {}; retrying", what));
}

}  // namespace mongotail::mongo

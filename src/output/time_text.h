#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "oplog/operation.h"
#include "output/calendar.h"

namespace mongotail::output {

/// Times for people: `2026-11-23 02:20:58.638+01:00`, or with a `Z` in UTC. As `--since` reads
/// them.
class TimeText {
 public:
  /// `now`: milliseconds since 1970; nullopt: the clock's.
  explicit TimeText(bool utc, std::optional<std::int64_t> now = std::nullopt);

  /// Milliseconds since 1970.
  void append(std::int64_t millis, std::string& out);

  /// For narrow terminals, without the zone: `02:20:58.638` of today, else with the day before it,
  /// `11-23 02:20:58.638`, and of another year with that too.
  void append_short(std::int64_t millis, std::string& out);

  /// The entry's `wall`; where it has none, its timestamp's second.
  void append(const oplog::Operation& operation, std::string& out);
  /// The same, short where `columns` are few; 0: not a terminal.
  void append(const oplog::Operation& operation, int columns, std::string& out);

  /// Seconds east of UTC at that second; 0 in UTC.
  std::int64_t offset_at(std::int64_t second);

 private:
  std::int64_t now() const;

  bool utc_;
  std::optional<std::int64_t> now_;
  IsoDateWriter dates_;
  std::int64_t quarter_ = INT64_MIN;  // the quarter of an hour that offset_ is of
  std::int64_t offset_ = 0;           // seconds east of UTC
};

}  // namespace mongotail::output

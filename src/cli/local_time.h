#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace mongotail::cli {

/// A time of day; `second` may be 60, a leap second.
struct TimeOfDay {
  int hour = 0, minute = 0, second = 0;

  bool ok() const {
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
  }
};

/// Unix seconds of that moment in UTC. `date` must be a day of the calendar.
std::int64_t unix_from_utc(std::chrono::year_month_day date, TimeOfDay time);

/// The same in local time (TZ). A time that a change of the clocks skips or repeats means what
/// mktime(3) makes of it.
std::int64_t unix_from_local(std::chrono::year_month_day date, TimeOfDay time);

/// The local date at `now` (Unix seconds); nullopt if the C library can't say.
std::optional<std::chrono::year_month_day> local_date(std::int64_t now);

}  // namespace mongotail::cli

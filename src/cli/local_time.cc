#include "cli/local_time.h"

#include <ctime>

namespace mongotail::cli {

std::int64_t unix_from_utc(std::chrono::year_month_day date, TimeOfDay time) {
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
}

std::int64_t unix_from_local(std::chrono::year_month_day date, TimeOfDay time) {
  std::tm broken{};
  broken.tm_year = static_cast<int>(date.year()) - 1900;
  broken.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  broken.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  broken.tm_hour = time.hour;
  broken.tm_min = time.minute;
  broken.tm_sec = time.second;
  broken.tm_isdst = -1;
  return std::mktime(&broken);
}

std::optional<std::chrono::year_month_day> local_date(std::int64_t now) {
  const std::time_t at = now;
  std::tm broken{};
  if (localtime_r(&at, &broken) == nullptr) return std::nullopt;
  return std::chrono::year(broken.tm_year + 1900) /
         std::chrono::month(static_cast<unsigned>(broken.tm_mon + 1)) /
         std::chrono::day(static_cast<unsigned>(broken.tm_mday));
}

}  // namespace mongotail::cli

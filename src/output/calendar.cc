#include "output/calendar.h"

#include <cstring>

#include "output/digits.h"

namespace mongotail::output {

// Years are counted from March, so that the leap day is a year's last, and in eras of 400 years,
// after which the calendar repeats.
CivilDay civil_day(std::int64_t days) {
  constexpr std::int64_t days_per_era = 146097;
  constexpr std::int64_t march_first_year_0 = -719468;
  const std::int64_t shifted = days - march_first_year_0;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - (days_per_era - 1)) / days_per_era;
  const auto day_of_era = static_cast<unsigned>(shifted - era * days_per_era);
  const unsigned leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
  const unsigned year_of_era = (day_of_era - leap_days) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

char* IsoDateWriter::put(char* at, std::int64_t millis, bool all_digits) {
  const std::int64_t day = millis / 86400000;
  if (day != day_) {
    const CivilDay civil = civil_day(day);
    char* to = put_two(text_, static_cast<unsigned>(civil.year / 100));
    to = put_two(to, static_cast<unsigned>(civil.year % 100));
    *to++ = '-';
    to = put_two(to, civil.month);
    *to++ = '-';
    to = put_two(to, civil.day);
    *to = 'T';
    day_ = day;
  }
  std::memcpy(at, text_, sizeof text_);
  at += sizeof text_;
  const auto of_day = static_cast<unsigned>(millis - day * 86400000);
  const unsigned second = of_day / 1000;
  at = put_two(at, second / 3600);
  *at++ = ':';
  at = put_two(at, second / 60 % 60);
  *at++ = ':';
  at = put_two(at, second % 60);
  const unsigned milli = of_day % 1000;
  if (milli != 0 || all_digits) {
    *at++ = '.';
    *at++ = static_cast<char>('0' + milli / 100);
    at = put_two(at, milli % 100);
  }
  *at++ = 'Z';
  return at;
}

}  // namespace mongotail::output

#include "output/calendar.h"

#include <chrono>
#include <cstring>

#include "output/digits.h"

namespace mongotail::output {

char* IsoDateWriter::put(char* at, std::int64_t millis, bool all_digits) {
  const std::int64_t day = millis / 86400000;
  if (day != day_) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    char* to = put_two(text_, year / 100);
    to = put_two(to, year % 100);
    *to++ = '-';
    to = put_two(to, static_cast<unsigned>(date.month()));
    *to++ = '-';
    to = put_two(to, static_cast<unsigned>(date.day()));
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

#include "output/time_text.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace mongotail::output {

TimeText::TimeText(bool utc) : utc_(utc) {
  if (!utc) ::tzset();
}

// Zones change their offset on quarters of an hour only.
std::int64_t TimeText::offset_at(std::int64_t second) {
  if (utc_) return 0;
  constexpr std::int64_t quarter_seconds = 900;
  if (second / quarter_seconds != quarter_) {
    const auto time = static_cast<std::time_t>(second);
    std::tm local{};
    offset_ = ::localtime_r(&time, &local) != nullptr ? local.tm_gmtoff : 0;
    quarter_ = second / quarter_seconds;
  }
  return offset_;
}

void TimeText::append(std::int64_t millis, std::string& out) {
  const auto has_text = [](std::int64_t value) {
    return value >= first_text_date && value <= last_text_date;
  };
  const std::int64_t offset = !has_text(millis) ? 0 : offset_at(millis / 1000);
  if (!has_text(millis) || !has_text(millis + offset * 1000)) {
    fmt::format_to(std::back_inserter(out), "@{}ms", millis);
    return;
  }
  char text[24];
  dates_.put(text, millis + offset * 1000, true);
  text[10] = ' ';
  if (utc_) {
    out.append(text, sizeof text);
    return;
  }
  const std::int64_t minutes = (offset < 0 ? -offset : offset) / 60;
  fmt::format_to(std::back_inserter(out), "{}{}{:02}:{:02}", std::string_view(text, 23),
                 offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void TimeText::append(const oplog::Operation& operation, std::string& out) {
  const auto wall = operation.entry.wall ? operation.entry.wall->as_date() : std::nullopt;
  append(wall ? *wall : std::int64_t{operation.optime.ts.seconds} * 1000, out);
}

}  // namespace mongotail::output

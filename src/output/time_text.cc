#include "output/time_text.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <iterator>

namespace mongotail::output {

TimeText::TimeText(bool utc, std::optional<std::int64_t> now) : utc_(utc), now_(now) {
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

std::int64_t TimeText::now() const {
  if (now_) return *now_;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void TimeText::append_short(std::int64_t millis, std::string& out) {
  const std::size_t begin = out.size();
  append(millis, out);
  // `2026-11-23 02:20:58.638+01:00`
  constexpr std::size_t year = 5, day = 11, time_end = 23;
  if (out.size() < begin + time_end) return;
  std::string today;
  append(now(), today);
  out.resize(begin + time_end);
  const auto same = [&](std::size_t size) {
    return std::string_view(out).substr(begin, size) == std::string_view(today).substr(0, size);
  };
  out.erase(begin, same(day) ? day : same(year) ? year : 0);
}

void TimeText::append(const oplog::Operation& operation, std::string& out) {
  append(operation, 0, out);
}

void TimeText::append(const oplog::Operation& operation, int columns, std::string& out) {
  const auto wall = operation.entry.wall ? operation.entry.wall->as_date() : std::nullopt;
  const std::int64_t millis = wall ? *wall : std::int64_t{operation.optime.ts.seconds} * 1000;
  // The whole time would leave no room for an _id.
  constexpr int narrow = 100;
  if (columns <= 0 || columns >= narrow) return append(millis, out);
  append_short(millis, out);
}

}  // namespace mongotail::output

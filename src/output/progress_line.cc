#include "output/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "output/display_width.h"
#include "output/size_text.h"
#include "output/time_text.h"

namespace mongotail::output {
namespace {

constexpr std::string_view gap = "   ";

std::string time_text(std::int64_t second, bool utc) {
  std::string text;
  TimeText(utc).append(second * 1000, text);
  // The oplog's clock has no parts of seconds: `2026-11-23 02:20:58.000Z`.
  if (const auto point = text.find(".000"); point != std::string::npos) text.erase(point, 4);
  return text;
}

// 100 % is for what is done.
std::string percent_text(double fraction) {
  return fmt::format("{}%", static_cast<int>(std::clamp(std::floor(fraction * 100), 0.0, 99.0)));
}

std::string time_left_text(std::chrono::seconds left) {
  const auto seconds = left.count();
  const auto hours = seconds / 3600;
  const auto minutes = seconds / 60 % 60;
  if (hours >= 100) return "";
  if (hours > 0) return fmt::format("ETA {}:{:02}:{:02}", hours, minutes, seconds % 60);
  return fmt::format("ETA {}:{:02}", minutes, seconds % 60);
}

}  // namespace

std::string progress_line(const Progress& progress, bool utc, int columns) {
  struct Part {
    int rank;  // 0 is needed most
    std::string text;
  };
  const std::array<Part, 6> parts{
      {{3, std::string(progress.what)},
       {1, progress.position ? time_text(*progress.position, utc) : ""},
       {0, progress.fraction ? percent_text(*progress.fraction) : ""},
       {4, grouped_text(std::llrint(progress.entries_per_second)) + " entries/s"},
       {5, fmt::format("{:.1f} MB/s", progress.bytes_per_second / 1e6)},
       {2, progress.left ? time_left_text(*progress.left) : ""}}};
  const auto up_to_rank = [&parts](int rank) {
    std::string line;
    for (const Part& part : parts) {
      if (part.rank > rank || part.text.empty()) continue;
      if (!line.empty()) line += gap;
      line += part.text;
    }
    return line;
  };
  const auto room = static_cast<std::size_t>(std::max(columns, 0));
  for (int rank = 5; rank >= 0; --rank) {
    std::string line = up_to_rank(rank);
    if (columns_of(line) <= room) return line;
  }
  return std::string(cut_to_columns(up_to_rank(0), room));
}

}  // namespace mongotail::output

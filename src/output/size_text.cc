#include "output/size_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace mongotail::output {

std::string size_text(double bytes) {
  constexpr std::array<std::string_view, 7> units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  // What would be rounded to 1000 is one of the next unit.
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  constexpr double rounds_to_ten = 9.95;
  const bool fraction = unit > 0 && bytes < rounds_to_ten;
  return fmt::format("{:.{}f} {}", bytes, fraction ? 1 : 0, units[unit]);
}

std::string share_text(double part, double whole) {
  if (whole <= 0 || part <= 0) return "0%";
  const double percent = part * 100 / whole;
  if (percent < 0.05) return "<0.1%";
  return percent < 99.95 ? fmt::format("{:.1f}%", percent) : fmt::format("{:.0f}%", percent);
}

std::string rate_text(double per_second) {
  if (per_second <= 0) return "0";
  if (per_second < 0.05) return "<0.1";
  constexpr double rounds_to_ten = 9.95;
  if (per_second < rounds_to_ten) return fmt::format("{:.1f}", per_second);
  return grouped_text(std::llround(per_second));
}

std::string grouped_text(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace mongotail::output

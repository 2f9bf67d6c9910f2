#include "base/suggest.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace mongotail {
namespace {

// Longer than any flag; keeps a hostile word from costing time.
constexpr std::size_t longest_compared = 64;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::optional<std::string> closest(std::string_view typed,
                                   std::span<const std::string> candidates) {
  if (typed.empty() || typed.size() > longest_compared) return std::nullopt;
  const std::string needle = lower(typed);
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    // A word of one letter is one step from every other.
    const std::size_t distance = edit_distance(typed, candidate);
    if (distance < least && distance < std::max(typed.size(), candidate.size())) {
      least = distance;
      found = candidate;
    }
  }
  if (found || needle.size() < 3) return found;
  const auto contains = [&needle](const std::string& candidate) {
    return lower(candidate).find(needle) != std::string::npos;
  };
  const auto part = std::find_if(candidates.begin(), candidates.end(), contains);
  if (part != candidates.end()) return *part;
  return std::nullopt;
}

}  // namespace mongotail

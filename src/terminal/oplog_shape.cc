#include "terminal/oplog_shape.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mongotail::terminal {
namespace {

std::uint64_t instant(bson::Timestamp ts) {
  constexpr int ordinal_bits = 32;
  return std::uint64_t{ts.seconds} << ordinal_bits | ts.ordinal;
}

}  // namespace

OplogShape::OplogShape(std::vector<Entry> sample) : entries_(std::move(sample)) {
  std::ranges::sort(entries_, {}, &Entry::ts);
  double sum = 0;
  for (Entry& entry : entries_) entry.bytes = sum += entry.bytes;
}

double OplogShape::before(bson::Timestamp ts) const {
  const auto next = std::ranges::lower_bound(entries_, ts, {}, &Entry::ts);
  if (next == entries_.begin()) return 0;
  const Entry& last = *(next - 1);
  if (next == entries_.end()) return last.bytes;
  const auto passed = static_cast<double>(instant(ts) - instant(last.ts));
  const auto whole = static_cast<double>(instant(next->ts) - instant(last.ts));
  return last.bytes + (next->bytes - last.bytes) * passed / whole;
}

}  // namespace mongotail::terminal

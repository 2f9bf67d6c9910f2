#include "plan/live_window.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace mongotail::plan {

terminal::ProgressWindow live_window(const read::ReadPlan& plan,
                                     const std::optional<mongo::OplogSize>& size,
                                     const std::vector<mongo::SampledEntry>& sample) {
  const auto* from = std::get_if<mongo::FromTimestamp>(&plan.tail.start);
  const auto& last = plan.tail.last;
  const bson::Timestamp newest = plan.newest.ts;
  terminal::ProgressWindow window;
  window.ends = last.has_value();
  if (from == nullptr || !from->oldest) window.begin = read::first_ts(plan.tail.start);
  window.end = last ? std::min(*last, newest) : newest;
  window.end_moves = !last || *last > newest;
  if (size) {
    const bson::Timestamp begin = std::max(window.begin.value_or(size->oldest), size->oldest);
    const double after = newest.seconds - std::min(window.end->seconds, newest.seconds);
    window.oplog = {size->bytes, begin.seconds - size->oldest.seconds + after};
  }
  if (!sample.empty()) {
    std::vector<terminal::OplogShape::Entry> entries;
    for (const mongo::SampledEntry& entry : sample) {
      entries.push_back({entry.ts, static_cast<double>(entry.bytes)});
    }
    window.shape.emplace(std::move(entries));
  }
  return window;
}

}  // namespace mongotail::plan

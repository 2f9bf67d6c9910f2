#include "output/heavy_groups.h"

#include <algorithm>

namespace mongotail::output {

void Tally::add(const Tally& other) {
  first = count == 0 ? other.first : std::min(first, other.first);
  last = count == 0 ? other.last : std::max(last, other.last);
  count += other.count;
  bytes += other.bytes;
}

void HeavyGroups::add(std::string_view key, const Tally& one, std::uint64_t operation) {
  auto found = groups_.find(key);
  if (found == groups_.end()) {
    if (groups_.size() >= most_) drop_lighter_half();
    found = groups_.emplace(std::string(key), Group{{}, dropped_, next_serial_++, 0}).first;
  } else if (found->second.operation == operation) {
    return;
  }
  found->second.operation = operation;
  found->second.tally.add(one);
}

std::int64_t HeavyGroups::at_most(const Group& group) const {
  return weight_ == Weight::count ? group.tally.count + group.missed.count
                                  : group.tally.bytes + group.missed.bytes;
}

// A group that is dropped pays for the bound with its whole weight above the last one, and as many
// stay that have at least as much: so the bound grows by 2/most of what came in between at most.
void HeavyGroups::drop_lighter_half() {
  std::vector<Map::iterator> lightest;
  lightest.reserve(groups_.size());
  for (auto group = groups_.begin(); group != groups_.end(); ++group) lightest.push_back(group);
  const auto half = lightest.begin() + static_cast<std::ptrdiff_t>(lightest.size() / 2);
  std::nth_element(lightest.begin(), half, lightest.end(),
                   [this](auto a, auto b) { return at_most(a->second) < at_most(b->second); });
  lightest.erase(half, lightest.end());
  Missed dropped = dropped_;
  for (const auto& group : lightest) {
    const auto& [tally, missed, serial, operation] = group->second;
    dropped.count = std::max(dropped.count, tally.count + missed.count);
    dropped.bytes = std::max(dropped.bytes, tally.bytes + missed.bytes);
    groups_.erase(group);
  }
  dropped_ = dropped;
  exact_ = false;
}

std::vector<HeavyGroups::Item> HeavyGroups::all() const {
  std::vector<Item> items;
  items.reserve(groups_.size());
  for (const auto& group : groups_) items.push_back(&group);
  return items;
}

}  // namespace mongotail::output

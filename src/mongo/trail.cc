#include "mongo/trail.h"

#include <limits>

namespace mongotail::mongo {

using oplog::OpTime;

void Trail::add(OpTime place) {
  if (place.term == OpTime::no_term) return;
  places_[place.term] = place;
  if (places_.size() > max_terms) places_.erase(places_.begin());
}

void Trail::cut_after(OpTime place) {
  places_.erase(places_.upper_bound(place.term), places_.end());
  const auto same_term = places_.find(place.term);
  if (same_term != places_.end() && same_term->second.ts > place.ts) same_term->second = place;
}

std::optional<OpTime> Trail::oldest() const {
  return empty() ? std::nullopt : std::optional(places_.begin()->second);
}

std::optional<OpTime> Trail::newest_up_to(std::int64_t term) const {
  const auto newer = places_.upper_bound(term);
  return newer == places_.begin() ? std::nullopt : std::optional(std::prev(newer)->second);
}

Result<std::optional<OpTime>> Trail::newest_common(const NewestUpToTerm& newest_up_to_term) const {
  auto ours = newest_up_to(std::numeric_limits<std::int64_t>::max());
  while (ours) {
    const auto theirs = newest_up_to_term(ours->term);
    if (!theirs) return fail(theirs.error());
    if (!*theirs) return std::nullopt;
    if ((*theirs)->term == ours->term) return (*theirs)->ts < ours->ts ? **theirs : *ours;
    ours = newest_up_to((*theirs)->term);
  }
  return std::nullopt;
}

}  // namespace mongotail::mongo

#include "serve/ring.h"

#include <algorithm>
#include <utility>

namespace mongotail::serve {

void Ring::push(SharedBlock block, resume::Cursor top) {
  top_ = top;
  if (!block || block->empty()) return;
  memory_ += block->memory();
  const Seq first = end_;
  end_ += block->size();
  blocks_.push_back({first, std::move(block)});
  while (memory_ > limit_ && blocks_.size() > 1) drop_front();
}

void Ring::restart(resume::Cursor top) {
  blocks_.clear();
  memory_ = 0;
  floor_ = top_ = top;
}

void Ring::drop_front() {
  const SharedBlock& block = blocks_.front().block;
  floor_ = block->place(block->size() - 1);
  memory_ -= block->memory();
  blocks_.pop_front();
}

Ring::Position Ring::at(Seq seq) const {
  // Mostly one of the newest is wanted: the search begins there, and widens.
  auto first = blocks_.begin(), last = blocks_.end();
  for (std::ptrdiff_t step = 1; step < last - first; step *= 2) {
    if ((last - step)->first <= seq) {
      first = last - step;
      break;
    }
    last -= step;
  }
  const auto next = std::upper_bound(
      first, last, seq, [](Seq wanted, const Slot& slot) { return wanted < slot.first; });
  const Slot& slot = *std::prev(next);
  return {&slot.block, static_cast<std::size_t>(seq - slot.first)};
}

Seq Ring::first_after(const resume::Cursor& place) const {
  const auto slot = std::partition_point(blocks_.begin(), blocks_.end(), [&](const Slot& s) {
    return !comes_before(place, s.block->place(s.block->size() - 1));
  });
  if (slot == blocks_.end()) return end_;
  std::size_t index = 0;
  for (std::size_t count = slot->block->size(); count > 0;) {
    const std::size_t half = count / 2;
    if (comes_before(place, slot->block->place(index + half))) {
      count = half;
    } else {
      index += half + 1;
      count -= half + 1;
    }
  }
  return slot->first + index;
}

bool Ring::knows(const resume::Cursor& place) const {
  if (place == top_) return true;
  const Seq next = first_after(place);
  if (next == begin()) return false;
  const Position position = at(next - 1);
  return (*position.block)->place(position.index) == place;
}

}  // namespace mongotail::serve

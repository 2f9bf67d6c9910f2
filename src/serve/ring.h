#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "resume/cursor.h"
#include "serve/block.h"

namespace mongotail::serve {

/// The number of an operation, counted from the first one that was published.
using Seq = std::uint64_t;

/// The newest operations, up to a number of bytes of memory; the newest block always stays.
class Ring {
 public:
  /// `start`: the place right before the first operation that will be pushed.
  Ring(std::size_t bytes, resume::Cursor start) : limit_(bytes), floor_(start), top_(start) {}

  /// Everything up to `top` has been pushed with this block (which may be nullptr).
  void push(SharedBlock block, resume::Cursor top);
  /// Forgets everything: the stream continues after `top`.
  void restart(resume::Cursor top);

  /// The operations that are there: [begin, end).
  Seq begin() const { return blocks_.empty() ? end_ : blocks_.front().first; }
  Seq end() const { return end_; }
  /// Everything after floor() and up to top() is there.
  const resume::Cursor& floor() const { return floor_; }
  const resume::Cursor& top() const { return top_; }
  std::size_t memory() const { return memory_; }

  struct Position {
    const SharedBlock* block = nullptr;
    std::size_t index = 0;  ///< within the block
  };
  /// `seq` must be there. The pointer is valid until the next push.
  Position at(Seq seq) const;
  /// The first operation after `place`; end() if there is none.
  Seq first_after(const resume::Cursor& place) const;
  /// Whether that very place, term and all, is the end of an operation that is there, or top().
  bool knows(const resume::Cursor& place) const;

 private:
  struct Slot {
    Seq first = 0;
    SharedBlock block;
  };

  void drop_front();

  std::size_t limit_;
  std::deque<Slot> blocks_;
  Seq end_ = 0;
  std::size_t memory_ = 0;
  resume::Cursor floor_, top_;
};

}  // namespace mongotail::serve

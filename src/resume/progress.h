#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "resume/cursor.h"

namespace mongotail::resume {

/// How far each source of a stream has got. Most streams have one, number 0.
class Progress {
 public:
  void set(std::size_t source, const Cursor& cursor) {
    if (source >= at_.size()) at_.resize(source + 1);
    at_[source] = cursor;
    any_ = true;
  }
  /// Nothing is known of it any more.
  void unset(std::size_t source) {
    if (source < at_.size()) at_[source] = std::nullopt;
  }
  bool empty() const { return !any_; }
  /// Keeps its memory.
  void clear() {
    if (any_) at_.assign(at_.size(), std::nullopt);
    any_ = false;
  }

  std::size_t sources() const { return at_.size(); }
  /// `source`: below sources(). nullopt: where nothing is known of it.
  const std::optional<Cursor>& of(std::size_t source) const { return at_[source]; }

 private:
  std::vector<std::optional<Cursor>> at_;
  bool any_ = false;
};

}  // namespace mongotail::resume

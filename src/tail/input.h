#pragma once

#include <chrono>
#include <optional>

#include "oplog/source.h"

namespace mongotail::tail {

/// Batches for the pump, from another thread.
class Input {
 public:
  using Item = Result<std::optional<oplog::Batch>>;  ///< as from Source::next()

  virtual ~Input() = default;

  /// The next item; nullopt if none came within `patience` (or none comes because of a stop).
  virtual std::optional<Item> next(std::optional<std::chrono::milliseconds> patience) = 0;
  /// Whether next() would return at once.
  virtual bool ready() const = 0;
  /// Whether something has come that next() does not hand out yet.
  virtual bool holds_back() const { return false; }
};

}  // namespace mongotail::tail

#pragma once

#include <optional>
#include <vector>

#include "bson/view.h"

namespace mongotail::oplog {

/// The `applyOps` array of a command's `o`; nullopt where `o` is not an applyOps (the command's
/// name is its first key) or where the array is not one.
std::optional<bson::Document> apply_ops_array(bson::Document o);

/// Walks the operations inside an applyOps, in order. Nested applyOps are not handed out
/// themselves: what they hold comes in their place.
///
///     ApplyOpsReader reader(entry.o);
///     bson::Document operation;
///     while (reader.next(operation)) …
///     if (reader.damaged()) …
class ApplyOpsReader {
 public:
  /// Nothing comes of an `o` that is no applyOps. `o`'s bytes must stay.
  explicit ApplyOpsReader(bson::Document o) { restart(o); }
  ApplyOpsReader() = default;

  /// As if made anew; keeps its memory.
  void restart(bson::Document o);

  /// False at the end and at damage. An operation is handed out unread: it may be damaged inside.
  bool next(bson::Document& operation);
  /// BSON that can't be read, an element that is no document, or nesting past bson::max_depth.
  bool damaged() const { return damaged_; }

 private:
  bool enter(bson::Document o);

  std::vector<bson::Reader> open_;
  bool damaged_ = false;
};

}  // namespace mongotail::oplog

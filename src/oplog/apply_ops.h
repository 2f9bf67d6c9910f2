#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bson/view.h"

namespace mongotail::oplog {

/// The `applyOps` array of a command's `o`; nullopt if `o` is not an applyOps (the command's
/// name is its first key) or where the array is not one.
std::optional<bson::Document> apply_ops_array(bson::Document o);

/// What to do about operations that can't be read: end there, or leave them out.
enum class OnDamage { stop, skip };

/// Walks the operations inside an applyOps, in order. Nested applyOps are not handed out
/// themselves: what they hold comes in their place.
///
///     ApplyOpsReader reader(entry.o);
///     bson::Document operation;
///     while (reader.next(operation)) …
///     if (reader.damaged()) …
class ApplyOpsReader {
 public:
  struct Damage {
    std::int32_t operations = 0;  ///< how many were met that can't be read
    std::string_view first;       ///< what is wrong with the first, finishing "its applyOps …"
  };

  explicit ApplyOpsReader(OnDamage on_damage = OnDamage::stop) : on_damage_(on_damage) {}
  /// Nothing comes of an `o` that is not an applyOps. `o`'s bytes must stay.
  explicit ApplyOpsReader(bson::Document o, OnDamage on_damage = OnDamage::stop)
      : on_damage_(on_damage) {
    restart(o);
  }

  /// As if made anew; keeps its memory.
  void restart(bson::Document o);

  /// False at the end, and at damage where that stops it. An operation is handed out unread: it may
  /// be damaged inside.
  bool next(bson::Document& operation);
  /// So far. BSON that can't be read, an `applyOps` that is not an array, an element that is not a
  /// document, and nesting past bson::max_depth count as an operation each.
  const Damage& damage() const { return damage_; }
  bool damaged() const { return damage_.operations > 0; }

 private:
  void enter(bson::Document o);
  void meet_damage(std::string_view what);

  std::vector<bson::Reader> open_;
  OnDamage on_damage_;
  Damage damage_;
};

}  // namespace mongotail::oplog

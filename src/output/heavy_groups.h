#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mongotail::output {

/// Operations and their bytes, and the times of the first and the last in milliseconds since 1970.
struct Tally {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;

  void add(const Tally& other);
};

/// Tallies of groups in bounded memory: the heavy ones, and all of them while there are few.
///
/// With more than `most` groups the lighter half is dropped, and how much a dropped group had at
/// most is remembered. A group that comes (again) after that may have been one of them, so it may
/// lack as much. It follows that a tally is never too high; that it is too low by no more than its
/// `missed`; that a group which isn't there has no more than `dropped()`; and that `dropped()` is
/// at most 2/`most` of the sum of all weights. While `exact()` nothing is missing.
class HeavyGroups {
 public:
  enum class Weight { count, bytes };
  static constexpr std::size_t usual_most = 16384;

  struct Missed {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
  };
  struct Group {
    Tally tally;
    Missed missed;             ///< at most so much came before it was (again) in the table
    std::uint64_t serial = 0;  ///< of no other group before it or after it
    std::uint64_t operation = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  using Map = std::unordered_map<std::string, Group, Hash, std::equal_to<>>;
  using Item = const Map::value_type*;

  explicit HeavyGroups(Weight weight, std::size_t most = usual_most)
      : weight_(weight), most_(most) {}

  /// `operation` grows; a group counts each number once.
  void add(std::string_view key, const Tally& one, std::uint64_t operation);

  /// In no order; valid until the next add().
  std::vector<Item> all() const;
  bool empty() const { return groups_.empty(); }
  std::size_t size() const { return groups_.size(); }
  bool exact() const { return exact_; }
  /// Of a group that isn't there, at most.
  Missed dropped() const { return dropped_; }
  Weight weight() const { return weight_; }

 private:
  void drop_lighter_half();
  std::int64_t at_most(const Group& group) const;

  Weight weight_;
  std::size_t most_;
  Map groups_;
  Missed dropped_;
  bool exact_ = true;
  std::uint64_t next_serial_ = 0;
};

}  // namespace mongotail::output

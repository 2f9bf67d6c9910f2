#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/view.h"
#include "oplog/entry.h"
#include "oplog/update_diff.h"

namespace mongotail::match {

/// A path of `--changed`: whether an operation touches it.
///
/// Fields' names may hold dots themselves, so a path agrees with a list of keys where it can be cut
/// at dots into just these keys. An index into an array may stand in the path or be left out:
/// `items.qty` and `items.3.qty` both agree with items, 3, qty.
class ChangedPath {
 public:
  /// Cause::usage: empty, or with more parts than documents can be deep.
  static Result<ChangedPath> parse(std::string_view dotted);

  /// An update that sets, unsets, cuts or splices the path, something below it or an ancestor of
  /// it; an insert or a replacement that contains it. An update in a form that is not known
  /// matches: what it changes can't be told.
  bool matches(const oplog::Entry& operation) const;

  bool touched_by(const std::vector<oplog::PathKey>& keys) const;
  bool contained_in(bson::Document document) const;

 private:
  static constexpr std::size_t max_parts = bson::max_depth;
  /// How many parts of the path may have been met so far: several answers are possible.
  using Met = std::bitset<max_parts + 1>;

  Met step(const Met& met, std::string_view key, bool may_skip) const;
  bool reached(const Met& met) const { return met[starts_.size()]; }
  bool contained_at(bson::Document document, bool array, const Met& met, int depth) const;

  std::string path_;
  std::vector<std::size_t> starts_;  ///< where each part begins
};

}  // namespace mongotail::match

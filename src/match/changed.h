#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"
#include "match/effort.h"
#include "match/regex.h"
#include "oplog/entry.h"
#include "oplog/update_diff.h"

namespace mongotail::match {

/// `PATH` or `PATH=VALUE` of `--changed`: whether an operation touches that path, or gives it that
/// value.
///
/// Fields' names may hold dots themselves, so a path agrees with a list of keys where it can be cut
/// at dots into just these keys. An index into an array may be given in the path or left out:
/// `items.qty` and `items.3.qty` both agree with items, 3, qty. `items[3].qty` is the same as
/// `items.3.qty`.
class ChangedPath {
 public:
  /// The path ends at the first `=`; the value is read as by parse_literal(). Cause::usage: an
  /// empty path or part, more parts than documents can be deep, a value that is not valid.
  static Result<ChangedPath> parse(std::string_view text);

  /// Without a value: an update that sets, unsets, cuts or splices the path, something below it or
  /// an ancestor of it; an insert or a replacement that contains it.
  ///
  /// With a value: an insert, a replacement or an update that puts that value there, be it within
  /// the value of an ancestor; equal as in the server. A regular expression is searched in strings.
  ///
  /// An update in a form that is not known matches: what it changes can't be told.
  bool matches(const oplog::Entry& operation, Effort& effort) const;

  /// The path if it is a single name: a field of the document itself.
  std::optional<std::string_view> field() const;
  std::optional<bson::Element> value() const;

 private:
  static constexpr std::size_t max_parts = bson::max_depth;
  /// How many parts of the path may have been met so far: several answers are possible.
  using Met = std::bitset<max_parts + 1>;

  ChangedPath() = default;
  Met step(const Met& met, std::string_view key, bool may_skip) const;
  bool reached(const Met& met) const { return met[starts_.size()]; }
  bool touched_by(const oplog::Change& change, Effort& effort) const;
  bool given_by(const bson::Element& value, const Met& met, int depth, Effort& effort) const;
  bool contained_in(bson::Document document, Effort& effort) const;
  bool contained_at(bson::Document document, bool array, const Met& met, int depth,
                    Effort& effort) const;
  bool is_value(const bson::Element& value, Effort& effort) const;

  std::string path_;
  std::vector<std::size_t> starts_;           ///< where each part begins
  std::optional<bson::OwnedDocument> value_;  ///< as field "v"
  std::optional<Regex> regex_;                ///< if that is one
};

}  // namespace mongotail::match

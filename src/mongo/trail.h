#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/result.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// The way a stream came through the oplog: the newest place it has read of each term. That is all
/// it takes to find where another history parted from it. A term has one primary, and an oplog
/// that has an entry has all before it, too: so of two oplogs with entries of one term, one has all
/// of those that the other has, and what came before them.
class Trail {
 public:
  /// Of older terms nothing is kept. Each election is a term.
  static constexpr std::size_t max_terms = 1000;

  /// A place without a term is left out.
  void add(oplog::OpTime place);
  /// What comes after `place` was never read.
  void cut_after(oplog::OpTime place);

  bool empty() const { return places_.empty(); }
  std::optional<oplog::OpTime> oldest() const;
  /// The newest place of that term or an older one.
  std::optional<oplog::OpTime> newest_up_to(std::int64_t term) const;

  /// What an oplog's newest entry of that term or an older one is, if it has any.
  using NewestUpToTerm = std::function<Result<std::optional<oplog::OpTime>>(std::int64_t term)>;

  /// The newest entry that this history and the oplog's have in common, or an older one between
  /// which and it nothing was read. nullopt: the two parted before the trail begins.
  Result<std::optional<oplog::OpTime>> newest_common(const NewestUpToTerm& newest_up_to_term) const;

 private:
  std::map<std::int64_t, oplog::OpTime> places_;
};

}  // namespace mongotail::mongo

#pragma once

#include <memory>

#include "base/result.h"
#include "bson/builder.h"
#include "match/effort.h"

namespace mongotail::match {

class Expression;

/// A query in MongoDB's query language, with the server's semantics (of 6.0; no collation). Not
/// thread-safe.
///
/// Equality, `$eq $ne $gt $gte $lt $lte $in $nin $exists $type $regex $options $mod $size $all
/// $elemMatch $not $and $or $nor $bitsAllSet $bitsAllClear $bitsAnySet $bitsAnyClear $comment`.
/// All else (`$expr`, `$where`, `$text`, `$jsonSchema`, geometry) is refused.
class Mql {
 public:
  /// Takes a copy of the query. Cause::usage, naming the operator, where one is not supported or
  /// has an operand that it can't take.
  static Result<Mql> parse(bson::Document query);
  ~Mql();
  Mql(Mql&&) noexcept;
  Mql& operator=(Mql&&) noexcept;

  /// Damaged parts of the document match nothing. Once `effort` is spent, the answer means nothing.
  bool matches(bson::Document document, Effort& effort) const;

 private:
  Mql(bson::OwnedDocument query, std::unique_ptr<const Expression> root);

  bson::OwnedDocument query_;  ///< the operands of root_ refer to it
  std::unique_ptr<const Expression> root_;
};

}  // namespace mongotail::match

#pragma once

#include <string_view>

#include "base/result.h"
#include "bson/builder.h"
#include "oplog/entry.h"

namespace mongotail::match {

/// The value of `--id`, as parse_literal() reads it. Cause::usage also for an array or a regular
/// expression, which no `_id` can be.
Result<bson::OwnedDocument> parse_id(std::string_view text);

/// Finds the operations on one document, by its `_id`.
class IdMatch {
 public:
  /// `id`: as parse_id() makes it; a copy is taken.
  explicit IdMatch(bson::Document id);

  /// By `o2._id` of an update, else by `o._id`, else by `o2._id`; equal as in the server: numbers
  /// across types, a string and a symbol, NaN and NaN. Commands are on no document.
  bool matches(const oplog::Entry& operation) const;

  /// Of an operation; nullopt if it has none.
  static std::optional<bson::Element> id_of(const oplog::Entry& operation);

 private:
  bson::OwnedDocument id_;
};

}  // namespace mongotail::match

#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "bson/view.h"
#include "oplog/optime.h"

namespace mongotail::oplog {

/// An oplog entry, or an operation from inside one: the fields that mongotail decides by, found in
/// one pass over the top level. A view: it lives as long as the document's bytes. Fields that are
/// missing or of an unexpected type are empty; only damaged BSON is an error, for entries of newer
/// servers must never end the run.
struct Entry {
  bson::Document document;

  OpTime optime;        ///< `ts` and `t`; null for an operation inside an applyOps
  std::string_view op;  ///< `i`, `u`, `d`, `c`, `n`, or one that is not known yet
  std::string_view ns;  ///< `db.coll`, `db.$cmd` for commands, or ""
  bson::Document o;     ///< the payload; the empty view if there is none
  std::optional<bson::Document> o2;
  std::optional<OpTime> prev_optime;  ///< null (is_null) at a chain's begin
  std::optional<bson::Element> wall;
  std::optional<bson::Element> lsid;
  std::optional<bson::Element> txn_number;
  std::optional<bson::Element> version;  ///< `v`
  std::int32_t multi_op_type = 0;        ///< 8.0+: 1 is a retryable batch, not a transaction
  bool from_migrate = false;
  /// Of an operation that mongotail unwound and printed: its index among those of its entry.
  std::optional<std::int32_t> txn_op_index;

  /// Cause::damaged where the top level can't be read to its end.
  static Result<Entry> parse(bson::Document document);

  bool is_command() const { return op == "c"; }
  /// The first key of `o` of a command, its name; "" otherwise.
  std::string_view command_name() const;
};

/// `{ts, t}` as `prevOpTime` holds it; nullopt if there is no `ts`.
std::optional<OpTime> parse_optime(bson::Document document);

}  // namespace mongotail::oplog

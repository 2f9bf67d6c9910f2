#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"

namespace mongotail::resume {

/// A place in one oplog: right after an entry, or right after one operation inside it.
struct Cursor {
  oplog::OpTime optime;  ///< the term is no_term where it is not known
  /// `txnOpIndex` of the last operation that was dealt with, where others of its entry follow.
  std::optional<std::int32_t> index = std::nullopt;

  bool operator==(const Cursor&) const = default;
};

/// Whether the operation lies past the cursor, in the same oplog.
bool is_after(const oplog::Operation& operation, const Cursor& cursor);

/// Right after the operation: after its entry, if it is the last one in there.
Cursor cursor_after(const oplog::Operation& operation);

/// Whether `a` comes before `b` in one oplog. The terms say nothing: they never fall along it.
bool comes_before(const Cursor& a, const Cursor& b);

/// `SECS:ORD[@TERM][#INDEX]`.
std::string to_string(const Cursor& cursor);

/// Reads that form. Cause::usage otherwise.
Result<Cursor> parse_cursor(std::string_view text);

/// A place in the oplog of one source of several.
struct NamedCursor {
  std::string source;  ///< empty: of the only one
  Cursor cursor;

  bool operator==(const NamedCursor&) const = default;
};
using Cursors = std::vector<NamedCursor>;

/// Whether a source of that name can be in a cursor: not empty, no comma, equals sign, space or
/// control character.
bool can_name_source(std::string_view name);

/// `SOURCE=CURSOR,SOURCE=CURSOR`, or the cursor alone where its source has no name.
std::string to_string(const Cursors& cursors);

/// Reads that form. Cause::usage otherwise, also where a source is repeated.
Result<Cursors> parse_cursors(std::string_view text);

}  // namespace mongotail::resume

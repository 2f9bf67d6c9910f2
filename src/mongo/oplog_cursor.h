#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/connection_config.h"
#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"
#include "mongo/member.h"
#include "mongo/oplog_query.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// A reply's documents; they refer to its bytes.
struct CursorBatch {
  Reply reply;
  std::vector<bson::Document> entries;
  bool full = false;  ///< as many as were asked for, or as the server sends at once: more is ready
};

/// One server-side cursor on one member. It runs `find` and `getMore` itself, so that a reply is
/// handed on as it arrived, without a copy, and each request can have its own batch size.
class OplogCursor {
 public:
  /// Runs the find. Its first batch is small, so that a first entry is early; later ones grow.
  static Result<OplogCursor> open(Member& member, const OplogQuery& query);

  /// The next batch: the find's own first, then of one getMore each. Of a tail it is empty after
  /// Member::longest_wait_ms() without entries. nullopt: the cursor is at its end, or was dead from
  /// the start (a tail on an empty oplog, or one whose record count a crash left at 0).
  Result<std::optional<CursorBatch>> next(Member& member);

 private:
  OplogCursor() = default;
  Result<CursorBatch> take(Reply reply, const char* batch_name);

  std::optional<CursorBatch> first_;
  std::int64_t id_ = 0;
  std::int32_t batch_size_ = 0;
  std::int32_t fitting_ = std::numeric_limits<std::int32_t>::max();  // entries of the size seen
  bool short_waits_ = false;
  bool tail_ = false;
};

/// The newest entry's position, or the oldest's; nullopt if the oplog is empty.
/// The newest must be read with majority to be safe to start after: a reverse read without that
/// sees entries past writes that are still open, and a tail started there would lose those
/// (seen on 4.2 to 6.0).
Result<std::optional<oplog::OpTime>> newest_optime(Member& member, ReadConcern read_concern);

/// The first entry at or past that ts; nullopt if there is none yet.
Result<std::optional<oplog::OpTime>> first_optime_from(Member& member, bson::Timestamp ts,
                                                       ReadConcern read_concern);

/// The newest entry of that term or an older one. What members wrote in a term that the set has
/// gone on from lies either before it, or was rolled back.
Result<std::optional<oplog::OpTime>> newest_up_to_term(Member& member, std::int64_t term,
                                                       ReadConcern read_concern);

Result<std::optional<OldestEntry>> oldest_entry(Member& member);

/// The entry with exactly that ts, whatever its term; nullopt if there is none.
Result<std::optional<bson::OwnedDocument>> entry_at(Member& member, bson::Timestamp ts,
                                                    ReadConcern read_concern);

}  // namespace mongotail::mongo

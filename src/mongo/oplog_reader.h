#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/connection_config.h"
#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"
#include "mongo/member_state.h"
#include "mongo/oplog_query.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// Entries as they arrived; they refer to `bytes`.
struct ReadBatch {
  std::shared_ptr<const void> bytes;
  std::vector<bson::Document> entries;
  bool full = false;  ///< more is ready
};

/// One member's oplog: a stream, at most one at a time, and questions about single places beside
/// it. Not thread-safe. Errors have the causes that explain() gives.
class OplogReader {
 public:
  using Place = Result<std::optional<oplog::OpTime>>;

  virtual ~OplogReader() = default;

  virtual std::uint32_t server_id() const = 0;
  virtual const std::string& address() const = 0;
  virtual const std::string& set_name() const = 0;

  /// Begins a stream, in place of the one before.
  virtual Status open(const OplogQuery& query) = 0;
  /// As OplogCursor::next().
  virtual Result<std::optional<ReadBatch>> next() = 0;

  /// These are as the functions of oplog_cursor.h.
  virtual Place newest(ReadConcern read_concern) = 0;
  virtual Place newest_up_to_term(std::int64_t term, ReadConcern read_concern) = 0;
  virtual Place first_from(bson::Timestamp ts, ReadConcern read_concern) = 0;
  virtual Result<std::optional<OldestEntry>> oldest() = 0;
  virtual Result<std::optional<bson::OwnedDocument>> entry_at(bson::Timestamp ts,
                                                              ReadConcern read_concern) = 0;

  /// As those of Member.
  virtual std::int32_t longest_wait_ms() const = 0;
  virtual bool took_too_long(std::chrono::steady_clock::time_point begun) const = 0;
  virtual bool another_is_primary() const = 0;
  /// From a `hello` that is sent now.
  virtual Result<MemberState> state() = 0;
};

/// The term is checked where both are known.
Result<std::optional<bson::OwnedDocument>> entry_at(OplogReader& reader, oplog::OpTime optime,
                                                    ReadConcern read_concern);
OplogReader::Place optime_at(OplogReader& reader, bson::Timestamp ts, ReadConcern read_concern);

/// The members of a replica set. Not thread-safe.
class OplogSet {
 public:
  struct Others {
    std::vector<std::unique_ptr<OplogReader>> members;
    bool all_answered = true;  ///< false: a member that may hold data is not among them
  };

  virtual ~OplogSet() = default;

  /// These are as those of Connection.
  virtual Result<std::unique_ptr<OplogReader>> select() = 0;
  /// Any thread may call it, also beside the others.
  virtual Result<std::unique_ptr<OplogReader>> member(std::uint32_t server_id) = 0;
  virtual Others others_than(std::optional<std::uint32_t> server_id) = 0;
};

}  // namespace mongotail::mongo

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mongo/tail_plan.h"
#include "oplog/optime.h"
#include "read/request.h"
#include "resume/cursor.h"

namespace mongotail::plan {

/// What is asked of each of several sources: what the flags ask of all, from where that one stood.
class SourceRequests {
 public:
  enum class Of { sets, shards, files };
  /// `all`: what the flags ask. `cursors`: where an earlier run stopped. `names`: of all sources.
  SourceRequests(read::ReadRequest all, Of of, resume::Cursors cursors,
                 std::vector<std::string> names);

  struct Joined {
    bson::Timestamp added;   ///< to its cluster
    bson::Timestamp oldest;  ///< of its entries
  };
  struct One {
    read::ReadRequest request;
    std::optional<std::string> doubt;  ///< what to warn of
    /// What may be missing whatever is read: no gap is allowed, and this is one.
    std::optional<Error> gap;
  };
  /// `newest`: of all sources, from which times that count back do so. `joined`: of a shard, if it
  /// is known.
  One of(const std::string& name, oplog::OpTime newest,
         const std::optional<Joined>& joined = std::nullopt) const;

 private:
  bson::Timestamp start_without_cursor() const;
  void start_shard(const std::string& name, const std::optional<Joined>& joined, One& one) const;

  read::ReadRequest all_;
  Of of_;
  resume::Cursors cursors_;
  std::vector<std::string> names_;
};

/// The place before the first entry of a read that starts there, if a cursor can say it.
std::optional<resume::Cursor> cursor_before(bson::Timestamp ts);
std::optional<resume::Cursor> cursor_before(const mongo::Start& start);

/// Where a read of a file begins: at its first entry, if the request names no time.
bson::Timestamp begin_of(const read::ReadRequest& request);

}  // namespace mongotail::plan

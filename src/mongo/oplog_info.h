#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "mongo/connection.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// What a run has to know of an oplog before it starts.
struct OplogInfo {
  std::string address;  ///< host:port of the member that was asked
  std::string set_name;
  oplog::OpTime newest;  ///< of the newest entry that a majority holds
  /// False if the server runs with majority reads turned off (possible up to 4.4): `newest` then
  /// is the member's own newest entry, and only local reads work.
  bool majority_reads = true;
};

/// Asks a member. Cause::no_oplog where the oplog is empty.
Result<OplogInfo> oplog_info(Connection& connection);

/// What a member is, for people: `6.0.5, primary`. Cause::connection and others where it doesn't
/// say.
Result<std::string> describe_member(Connection& connection);

struct OplogSize {
  bson::Timestamp oldest;  ///< of the oldest entry
  double bytes = 0;        ///< of all entries, uncompressed
};

/// Asks a member. Cause::not_authorized and others where it doesn't say.
Result<OplogSize> oplog_size(Connection& connection);

struct SampledEntry {
  bson::Timestamp ts;
  std::int32_t bytes = 0;
};

/// Some hundred entries, each as likely as any other; takes half a second at most. Needs 4.4.
Result<std::vector<SampledEntry>> oplog_sample(Connection& connection);

/// The newest entries from `first` on, `limit` at most, with nothing in them but `op`, `ns`, a
/// command's `o` and the namespaces inside an applyOps. Asks a member for `longest` at most.
Result<std::vector<bson::OwnedDocument>> newest_entries(Connection& connection,
                                                        bson::Timestamp first, std::int32_t limit,
                                                        std::chrono::milliseconds longest);

}  // namespace mongotail::mongo

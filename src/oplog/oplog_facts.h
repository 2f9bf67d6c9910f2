#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bson/types.h"

/// What an oplog holds and how its set is, as far as the servers say so, and the figures that
/// follow.
namespace mongotail::oplog {

struct OplogEnd {
  bson::Timestamp ts;
  std::optional<std::int64_t> wall;  ///< milliseconds since 1970
};

/// An entry, as likely in the sample as any other.
struct SampledEntry {
  bson::Timestamp ts;
  double bytes = 0;
  bool transaction = false;
};

/// Of all entries, read one by one.
struct OplogTotals {
  std::int64_t entries = 0;
  double bytes = 0;
  double transaction_bytes = 0;
  double last_hour_bytes = 0;
};

struct MemberFacts {
  std::string name;
  std::string state;  ///< PRIMARY, SECONDARY, …
  bool is_primary = false;
  bool has_data = true;  ///< false: an arbiter
  std::optional<bson::Timestamp>
      ts;                   ///< of the newest entry it has; of one that is down, last heard
  std::string sync_source;  ///< empty: none
};

/// What could not be learned, as the user may not ask for it.
struct NotAllowed {
  std::string what;
  std::string role;  ///< that is missing
};

struct OplogFacts {
  std::string
      source;  ///< of several oplogs, the name of this one: the shard's; empty: it is the only one
  std::string set_name;
  std::string address;  ///< of the member that was asked
  std::optional<OplogEnd> first, last;
  std::optional<std::int64_t> entries;
  std::optional<double> bytes;      ///< of all entries, uncompressed
  std::optional<double> max_bytes;  ///< beyond which the oldest entries are removed
  std::optional<double> min_retention_hours;
  std::vector<SampledEntry> sample;
  std::optional<double> last_hour_bytes;  ///< if all of its entries were counted
  std::optional<OplogTotals> totals;      ///< if the whole oplog was read
  std::vector<MemberFacts> members;
  std::vector<NotAllowed> not_allowed;
};

struct MemberFigures {
  std::optional<double> lag_seconds;  ///< behind the primary, or the newest member if there is none
  /// How long the member may be away, from now on, until the others no longer have its newest
  /// entry; 0: they no longer do. nullopt: not known, or nothing is written.
  std::optional<double> hours_until_stale;
};

struct OplogFigures {
  std::optional<double> hours;  ///< from the first entry to the last, no-ops included
  /// If each hour is as the last one: until all that is there now has been replaced.
  std::optional<double> hours_at_present_rate;
  std::optional<double> last_hour_bytes;  ///< an hour; of a shorter oplog its mean
  bool last_hour_is_estimate = false;     ///< by the sample
  std::optional<double> window_bytes;     ///< an hour, the mean
  std::optional<double> transactions;     ///< their share of the bytes, 0 to 1
  bool transactions_is_estimate = true;
  std::vector<MemberFigures> members;  ///< as OplogFacts::members
};

OplogFigures figures_of(const OplogFacts& facts);

/// What several oplogs hold together: from the newest of their first entries to the oldest of their
/// last ones. `hours` is below 0 if there is no such time.
struct CommonWindow {
  OplogEnd first, last;
  std::string begins, ends;  ///< the sources that they are of
  double hours = 0;
};

/// nullopt if the ends of one are not known.
std::optional<CommonWindow> common_window(const std::vector<OplogFacts>& all);

/// An hour before the last entry.
bson::Timestamp last_hour_begin(bson::Timestamp last);

}  // namespace mongotail::oplog

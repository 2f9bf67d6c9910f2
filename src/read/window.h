#pragma once

#include <optional>

#include "base/result.h"
#include "bson/types.h"
#include "oplog/moment.h"
#include "oplog/optime.h"
#include "read/request.h"

// Times of a request, given the newest entry. Of a server that is the newest one that a majority
// holds.
namespace mongotail::read {

/// The first ts at or after the moment.
bson::Timestamp timestamp_of(const oplog::Moment& moment, oplog::OpTime newest);

/// The last ts before `end`. Nothing is before 0:0, which is its own.
bson::Timestamp last_before(const oplog::Moment& end, oplog::OpTime newest);

/// Whether an entry can be in `[start, end)`. Cause::usage if none can.
Status check_window(const oplog::Moment& start, const oplog::Moment& end, oplog::OpTime newest);

/// Whether the request's times can't be told without the newest entry.
bool counts_from_newest(const ReadRequest& request);

/// Both inclusive; none: from the begin, to the end.
struct Window {
  std::optional<bson::Timestamp> first, last;
};

/// What is wanted of a saved oplog. Cause::usage as from check_window().
Result<Window> saved_window(const ReadRequest& request, oplog::OpTime newest);

}  // namespace mongotail::read

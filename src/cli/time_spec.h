#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "oplog/moment.h"

namespace mongotail::cli {

/// `now`.
using oplog::Now;
/// `oldest`.
using oplog::Oldest;
/// `5m`.
using oplog::BeforeNewest;
/// A clock time is ordinal 0 of its second.
using oplog::At;

/// What TIME on the command line stands for.
using TimeSpec = oplog::Moment;

/// Reads a TIME: `now`, `oldest`, `5m`, `-5m`, `1h30m` or `5 minutes ago` (s m h d w), RFC 3339,
/// `2026-11-23 01:03[:15[.123]]` and `2026-11-23` in local time (TZ), `22:00[:15[.123]]` of today,
/// `today` and `yesterday` with or without a time of day, Unix seconds, `SECS:ORD`,
/// `Timestamp(SECS, ORD)`, `Timestamp({t: SECS, i: ORD})` or
/// `{"$timestamp":{"t":SECS,"i":ORD}}`. A fraction of a second is dropped, as a ts counts whole
/// seconds. Seconds before 1980 are refused, except in a written-out Timestamp: they are some other
/// number. Local times that a change
/// of the clocks skips or repeats mean what mktime(3) makes of them. `now` is the current time in
/// Unix seconds, which says what day is today. Errors have Cause::usage; `what` begins with the
/// text in quotes.
Result<TimeSpec> parse_time(std::string_view text, std::int64_t now);

}  // namespace mongotail::cli

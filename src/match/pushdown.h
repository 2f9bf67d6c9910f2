#pragma once

#include "base/result.h"
#include "bson/builder.h"
#include "match/selection.h"

namespace mongotail::match {

/// How much of a selection a host lets its server decide.
enum class PushdownLevel {
  full,
  /// One condition on `ns`, a regular expression that begins with `^`: what some hosted services
  /// allow at most ("Oplog ns RegEx queries must begin with ^").
  ns_only,
  none,
};

/// A filter for `local.oplog.rs`, to be and-ed with a bound on `ts` (of which it says nothing): it
/// keeps every entry that the selection wants or that may hold an operation it wants, and some
/// besides, for Predicate to drop. Empty if all entries are wanted. Sound on MongoDB 4.2 and
/// newer. Cause::usage as from Predicate::make.
///
/// Every entry that is scanned pays for every branch, so it is the leanest filter that loses
/// nothing. Measured on mongod 6.0.5, 540,000 entries of which none matches: one equality on `ns`
/// 0.23 s, or-ed with {op: "c"} 0.28 s; `ns` in three names (NS, DB.$cmd, admin.$cmd) 0.30 s; the
/// three as one anchored regular expression 0.38 s; a filter that tells the commands apart as
/// well 2.0 s. So commands are always fetched. Of transactions those are left out that the server
/// can judge by their one entry; where one entry in five is a transaction that is a scan of 0.35 s
/// in place of one of 0.29 s with 150 MB more to send. The first part of a large transaction may
/// be missing from the stream: TxnUnwind looks it up.
Result<bson::OwnedDocument> server_filter(const Selection& selection, PushdownLevel level);

}  // namespace mongotail::match

#pragma once

#include "base/result.h"
#include "mongo/connection.h"
#include "oplog/oplog_facts.h"

namespace mongotail::mongo {

struct FactsOptions {
  bool members = false;  ///< also how each member is
  bool deep = false;     ///< read the whole oplog rather than counters and a sample
};

/// Asks a member. Without `deep` that takes well below a second, however large the oplog is: its
/// ends, its counters, a sample, and the last hour as far as that is counted fast. A small oplog is
/// read in any case.
/// What the user may not ask for is in `not_allowed`, the rest is there. Errors are those of
/// connecting, and of the oplog itself where it can't be read for another reason.
Result<oplog::OplogFacts> read_facts(Connection& connection, const FactsOptions& options);

}  // namespace mongotail::mongo

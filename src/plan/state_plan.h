#pragma once

#include <memory>
#include <stop_token>

#include "base/reporter.h"
#include "base/result.h"
#include "cli/config.h"
#include "mongo/connection.h"
#include "oplog/source.h"
#include "plan/file_run.h"
#include "read/plan.h"

namespace mongotail::plan {

/// The operations of `entries` with the state of the document that `config` names, which is first
/// read from the set as it is now, together with the updates from the plan's start up to then.
/// What keeps it from that is said, and leaves less known; only failures that would end the stream
/// too are failures.
Result<std::unique_ptr<oplog::Source>> with_states(std::unique_ptr<oplog::Source> entries,
                                                   const cli::Config& config,
                                                   const read::ReadPlan& plan,
                                                   oplog::EntryLookup& lookup,
                                                   mongo::Connection& connection,
                                                   Reporter& reporter, std::stop_token stop);

/// The same of saved entries; the document is that of --base, if given, as it is after all of them.
/// Cause::input or Cause::damaged where that can't be read.
Result<std::unique_ptr<oplog::Source>> with_states(std::unique_ptr<oplog::Source> entries,
                                                   const cli::Config& config, FileRun& run,
                                                   oplog::EntryLookup& lookup, Reporter& reporter);

}  // namespace mongotail::plan

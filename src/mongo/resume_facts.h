#pragma once

#include "base/result.h"
#include "bson/view.h"
#include "mongo/oplog_reader.h"
#include "mongo/resume_verdict.h"

namespace mongotail::mongo {

/// What that member's oplog holds at `ts` and around it. Call it once the new cursor is open: see
/// ResumeFacts.
Result<ResumeFacts> resume_facts(OplogReader& reader, bson::Timestamp ts, ReadConcern read_concern);

}  // namespace mongotail::mongo

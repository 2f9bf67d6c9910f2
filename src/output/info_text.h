#pragma once

#include <string>

#include "oplog/oplog_facts.h"
#include "output/json_writer.h"

namespace mongotail::output {

/// What is known of an oplog and its set, for a person: a line each, then a table of the members if
/// there are any. Harmless for a terminal.
std::string info_text(const oplog::OplogFacts& facts, const oplog::OplogFigures& figures, bool utc);

/// For scripts: one line of Extended JSON. What is not known is null.
std::string info_json(const oplog::OplogFacts& facts, const oplog::OplogFigures& figures,
                      JsonMode mode);

/// `45 seconds`, `12 minutes`, `31.5 hours`, `12 days`, `3 years`.
std::string duration_text(double hours);

}  // namespace mongotail::output

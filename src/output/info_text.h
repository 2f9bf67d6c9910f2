#pragma once

#include <string>
#include <string_view>

#include "oplog/oplog_facts.h"
#include "output/json_writer.h"

namespace mongotail::output {

/// What is known of an oplog and its set, for a person: a line each, then a table of the members if
/// there are any. Harmless for a terminal.
std::string info_text(const oplog::OplogFacts& facts, const oplog::OplogFigures& figures, bool utc);

/// What several hold together, for a person.
std::string common_text(const oplog::CommonWindow& window, bool utc);

/// For scripts: one line of Extended JSON. What is not known is null. Of several oplogs it ends
/// with the name of this one, in a field that is called `source_field`.
std::string info_json(const oplog::OplogFacts& facts, const oplog::OplogFigures& figures,
                      JsonMode mode, std::string_view source_field = "source");

/// `45 seconds`, `12 minutes`, `31.5 hours`, `12 days`, `3 years`.
std::string duration_text(double hours);

}  // namespace mongotail::output

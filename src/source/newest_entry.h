#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oplog/optime.h"
#include "source/bson_stream.h"

namespace mongotail::source {

/// The newest entry of saved oplogs, for times that count back from it: reads all of the files
/// once, by `options` but for their window, their `follow` and their reporter. nullopt if there
/// is no entry. Damage ends the reading as it ends a BsonStream's, and is left to that to tell of.
/// Cause::usage where one of the inputs can be read only once: `-`, a pipe. Cause::input where one
/// can't be read.
Result<std::optional<oplog::OpTime>> newest_in(const std::vector<std::string>& paths,
                                               BsonStreamOptions options = {});

}  // namespace mongotail::source

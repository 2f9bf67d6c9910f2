#pragma once

#include <string_view>

#include "base/result.h"
#include "bson/builder.h"

namespace mongotail::match {

/// Reads the text of a query: Extended JSON v2, relaxed or canonical, or as it is typed in mongosh.
/// `$type`, `$regex` and `$options` are always the query operators of these names; libbson's reader
/// would take them for the binary data and the regular expressions of Extended JSON v1, and refuse
/// {"$type": 2}. Cause::usage.
Result<bson::OwnedDocument> parse_query_json(std::string_view json);

}  // namespace mongotail::match

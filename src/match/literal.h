#pragma once

#include <string_view>

#include "base/result.h"
#include "bson/builder.h"

namespace mongotail::match {

/// A value as it is typed for `--id` and `--changed`, as field "v": 24 hexadecimal digits are an
/// ObjectId, and what has the form of a UUID is one; a JSON number, `NaN`, `Infinity`, `-Infinity`,
/// `true`, `false`, `null`, what begins with `{`, `[` or a quote, a call such as `ISODate('…')` and
/// `/…/i` are read as mongosh prints them, or as Extended JSON; all else is a string. Cause::usage
/// if it looks like such a literal and is not valid.
Result<bson::OwnedDocument> parse_literal(std::string_view text);

}  // namespace mongotail::match

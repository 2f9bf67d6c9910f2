#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mongotail::bson {

/// Translates one value as mongosh prints it, or as it is typed there, to Extended JSON v2:
/// unquoted names, single quotes, trailing commas, `ObjectId('…')`, `UUID`, `ISODate`, `new Date`,
/// `Long`, `Int32`, `Double`, `Decimal128`, `Timestamp`, `BinData`, `HexData`, `MinKey`, `MaxKey`,
/// `Code`, `BSONSymbol`, `RegExp`, the older names with `Number`, and `/…/i`. Extended JSON stays
/// as it is. Cause::usage, naming what is wrong and where.
Result<std::string> shell_to_json(std::string_view text);

}  // namespace mongotail::bson

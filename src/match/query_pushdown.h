#pragma once

#include "bson/builder.h"

namespace mongotail::match {

/// The parts of a query that every server since 4.2 judges as mongotail does, and_ed: where the
/// query selects an entry, so do they. Empty if there are none.
///
/// Left out is what versions have judged differently or may: regular expressions, null, undefined,
/// MinKey, MaxKey, NaN, `$type`, `$mod`, the bit tests, and all that is not understood.
bson::OwnedDocument certain_parts(bson::Document query);

/// Whether every server since 4.2 compares with that value as mongotail does.
bool is_certain_value(const bson::Element& value);

}  // namespace mongotail::match

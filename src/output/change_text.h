#pragma once

#include <span>
#include <string>

#include "oplog/update_diff.h"
#include "output/palette.h"
#include "output/shell_text.h"

namespace mongotail::output {

/// `a.b[3].'odd name'`; safe for a terminal.
void append_path(std::span<const oplog::PathKey> path, std::string& out);

/// One change of an update begins with a sign: `~` set, `+` new or moved to the document's end,
/// `-` unset. Then the path, and what else comes before the value, if it has one:
///
///     ~ a.b: <value>      - a.b       ~ arr: now 2 elements      ~ bin: from byte 16 on <value>
///
/// Only the sign is coloured.
void append_change_head(const oplog::Change& change, const Palette& palette, std::string& out);

}  // namespace mongotail::output

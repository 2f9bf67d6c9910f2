#pragma once

#include <optional>
#include <string_view>

#include "oplog/operation.h"

namespace mongotail::output {

/// The classes of operations that have a word, `other` for ops that are not known.
enum class Verb { insert, update, remove, command, noop, other };

Verb verb_of(const oplog::Entry& entry);

/// `insert`, `update`, `delete`, `command`, `noop`; of other operations the entry's own `op`.
std::string_view verb_text(const oplog::Entry& entry);

/// The `_id` of the document that the operation is about: `o2._id` of an update, `o._id` of an
/// insert or a delete. Views into the entry.
std::optional<bson::Element> document_id(const oplog::Entry& entry);

}  // namespace mongotail::output

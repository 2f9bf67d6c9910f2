#pragma once

#include <optional>
#include <string_view>

#include "oplog/operation.h"

namespace mongotail::output {

/// The classes of operations that have a word, `other` for ops that are not known.
enum class Verb { insert, update, remove, command, noop, other };

/// Of an entry's `op`.
Verb verb_of(std::string_view op);
inline Verb verb_of(const oplog::Entry& entry) {
  return verb_of(entry.op);
}

/// `insert`, `update`, `delete`, `command`, `noop`; of another `op` that itself.
std::string_view verb_text(std::string_view op);
inline std::string_view verb_text(const oplog::Entry& entry) {
  return verb_text(entry.op);
}

/// The `_id` of the document that the operation is about: `o2._id` of an update, `o._id` of an
/// insert or a delete. Views into the entry.
std::optional<bson::Element> document_id(const oplog::Entry& entry);

}  // namespace mongotail::output

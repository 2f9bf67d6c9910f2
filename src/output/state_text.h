#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "bson/view.h"
#include "oplog/entry.h"

namespace mongotail::output {

/// The document after an update, as an operation carries it in its fields `state` and
/// `stateUnknown`. Views into the operation.
struct StateFields {
  bson::Document document;
  std::optional<bson::Document> unknown;  ///< a list of paths; nullopt: all is known
};

/// nullopt if there is nothing that the operation doesn't show by itself: of inserts,
/// replacements and deletes, and without `state`.
std::optional<StateFields> state_of(const oplog::Entry& entry);

/// The names of the document's own fields in which an update changes something.
std::set<std::string, std::less<>> changed_fields(bson::Document update);

/// `? a, b.*`, safe for a terminal; nothing if all is known.
void append_unknown(const StateFields& state, std::string& out);

}  // namespace mongotail::output

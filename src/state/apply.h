#pragma once

#include "bson/view.h"
#include "state/value.h"

namespace mongotail::state {

/// How far an update can be taken to fit the document that it changes.
enum class Trust {
  logged,   ///< by the server that changed it: what it goes into is there, and of that type
  by_hand,  ///< sent in an applyOps: it may fit nothing
};

/// Does to `document`, an object, what an update does that is not a replacement. `o` is that of an
/// entry with op "u". What depends on something unknown becomes unknown. False if the update is not
/// understood, or damaged; the document is then of no more use.
bool apply_update(Value& document, bson::Document o, Trust trust);

}  // namespace mongotail::state

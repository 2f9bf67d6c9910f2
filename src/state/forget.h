#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bson/view.h"
#include "state/apply.h"
#include "state/value.h"

namespace mongotail::state {

/// Something that is known of a document after an update, and not before it.
struct Lesson {
  std::vector<std::string> path;
  Value value;                        ///< what is at `path`
  std::optional<std::size_t> length;  ///< or: an array of exactly this many elements
};

/// Turns what is known of a document after an update into what is known of it before: whatever the
/// update may have changed, `document` forgets. Lessons in the order in which they were forgotten.
std::vector<Lesson> forget_update(Value& document, bson::Document o, Trust trust);

/// Adds the lessons of an update to what is known of the document after it. False if they
/// contradict that.
bool learn_lessons(Value& document, std::vector<Lesson> lessons);

}  // namespace mongotail::state

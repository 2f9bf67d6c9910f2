#pragma once

#include <string_view>

#include "bson/view.h"

namespace mongotail::mongo {

/// A boolean field of a server's reply; false if it is missing or of another type.
inline bool flag(bson::Document reply, std::string_view key) {
  const auto field = reply.find(key);
  return field && field->as_bool().value_or(false);
}

/// A text field of a server's reply, a view into it; empty if it is missing or of another type.
inline std::string_view text(bson::Document reply, std::string_view key) {
  const auto field = reply.find(key);
  return field ? field->as_text().value_or("") : std::string_view();
}

}  // namespace mongotail::mongo

#pragma once

#include <optional>
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

/// Of a reply to `hello`, under either of the names that servers have for it.
inline bool is_primary(bson::Document hello) {
  return flag(hello, "isWritablePrimary") || flag(hello, "ismaster");
}

/// The array of documents in the reply to a find or an aggregate, a view into it; nullopt if the
/// reply has another form.
inline std::optional<bson::Document> first_batch(bson::Document reply) {
  const auto cursor = reply.find("cursor");
  const auto body = cursor ? cursor->as_document() : std::nullopt;
  const auto batch = body ? body->find("firstBatch") : std::nullopt;
  return batch ? batch->as_array() : std::nullopt;
}

}  // namespace mongotail::mongo

#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"
#include "mongo/connection.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// A document as a majority holds it, at some point in (from, to] of the oplog, or at `from`: what
/// happened up to `from` is in it, and nothing that came after `to`.
struct PlacedDocument {
  std::optional<bson::OwnedDocument> document;  ///< nullopt: there is none
  oplog::OpTime from, to;
};

/// Reads a collection's document by its `_id`. Cause::unauthorized if the user may not read there;
/// Cause::no_majority where a document can't be read so that it has a place.
Result<PlacedDocument> read_document(Connection& connection, std::string_view ns,
                                     const bson::Element& id);

/// The same exactly at one point, with `from` equal to `to`. Needs 5.0; another error before.
Result<PlacedDocument> read_snapshot(Connection& connection, std::string_view ns,
                                     const bson::Element& id);

}  // namespace mongotail::mongo

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/builder.h"

namespace mongotail::bson {

/// Reads one Extended JSON v2 document, relaxed or canonical, with libbson's parser. Trailing text
/// other than white space is an error. The error has Cause::usage and libbson's reason.
Result<OwnedDocument> parse_document(std::string_view json);

/// Reads any Extended JSON value; it is the field "v" of the document that is returned.
Result<OwnedDocument> parse_value(std::string_view json);

/// A document as relaxed Extended JSON for people, cut where it is long. Output is made elsewhere.
std::string to_text(Document document);

}  // namespace mongotail::bson

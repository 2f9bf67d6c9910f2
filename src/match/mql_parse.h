#pragma once

#include "base/result.h"
#include "bson/view.h"
#include "match/mql_expression.h"

namespace mongotail::match {

/// The whole of a query. The result refers to its bytes.
Result<ExpressionPtr> parse_query(bson::Document query);

/// Whether the server reads the value as operators, {$gt: 5}, rather than as a value: its first key
/// begins with `$`, and it is not a DBRef.
bool is_operator_document(const bson::Element& value);

}  // namespace mongotail::match

#pragma once

#include "base/result.h"
#include "bson/builder.h"
#include "match/selection.h"

namespace mongotail::match {

/// As server_filter(), for a request that may see no more than `bound` selects.
///
/// How long a server takes, and when it answers, can be observed. So what the wish says of contents
/// is not sent: a server judges the conditions of a filter in an order of its own, also on entries
/// that may not be seen. Sent are the bound, and of the wish the namespaces, the kinds of
/// operations and the `_id`. Cause::usage as from Predicate::make.
Result<bson::OwnedDocument> bounded_filter(const Selection& wish, const Selection& bound);

}  // namespace mongotail::match

#pragma once

#include <compare>

#include "bson/view.h"

namespace mongotail::match {

/// The rank of a type in the order of BSON values. Types that compare with each other share one:
/// the four numbers, string and symbol. (MongoDB manual, "Comparison/Sort Order".)
int canonical_type(bson::Type type);

/// The server's order of values, without a collation: first by canonical_type, then by value.
/// Strings are compared by their bytes, documents field by field (type, name, value) in order,
/// binary data by length, subtype, bytes. Field names of the two elements themselves are not looked
/// at. Unordered where either is damaged, or nested deeper than bson::max_depth.
std::partial_ordering compare_values(const bson::Element& a, const bson::Element& b);

std::partial_ordering compare_documents(bson::Document a, bson::Document b);

}  // namespace mongotail::match

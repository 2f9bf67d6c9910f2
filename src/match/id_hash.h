#pragma once

#include <cstddef>

#include "bson/view.h"

namespace mongotail::match {

/// A hash for sets of ids: values that IdMatch takes for equal have the same one, so it is the same
/// for 7, 7.0 and NumberDecimal("7"). It can't distinguish numbers with a fraction, or
/// values of types that are rare as ids.
std::size_t hash_of_id(const bson::Element& id);

}  // namespace mongotail::match

#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"

namespace mongotail::source {

/// The first document in a file of BSON, such as mongodump writes for a collection, that `wanted`
/// says yes to; gzip is detected. nullopt if there is none, or if `stop`, which may be null, was
/// set. Cause::input where the file can't be read; Cause::damaged where it isn't BSON.
Result<std::optional<bson::OwnedDocument>> find_in_file(
    const std::string& path, const std::function<bool(bson::Document)>& wanted,
    const std::atomic<bool>* stop);

}  // namespace mongotail::source

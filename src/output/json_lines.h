#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "oplog/operation.h"
#include "output/json_writer.h"

namespace mongotail::output {

/// One line of Extended JSON an operation; from a sharded cluster it ends with the field `shard`.
class JsonLines {
 public:
  explicit JsonLines(JsonMode mode) : writer_(mode) {}

  /// Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, std::string_view shard, Buffer& out);
  Status append(const oplog::Operation& operation, std::string_view shard, std::string& out);

 private:
  JsonWriter writer_;
  Buffer line_;
};

/// The documents as they are, one after the other; with a `shard` that is appended as their last
/// field.
class BsonDocuments {
 public:
  /// Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, std::string_view shard, Buffer& out);
};

}  // namespace mongotail::output

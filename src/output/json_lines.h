#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "oplog/operation.h"
#include "output/json_writer.h"
#include "output/source_tag.h"

namespace mongotail::output {

/// One line of Extended JSON an operation; of several sources it ends with the name of its own, in
/// a field that is called `source` or `shard`. With cursors, the last field is `cursor`, the place
/// right after the operation.
class JsonLines {
 public:
  explicit JsonLines(JsonMode mode, bool with_cursor = false, std::string source_field = "shard")
      : writer_(mode), with_cursor_(with_cursor), source_field_(std::move(source_field)) {}

  void call_sources(std::string field) { source_field_ = std::move(field); }

  /// Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out);
  Status append(const oplog::Operation& operation, const SourceTag& tag, std::string& out);

 private:
  JsonWriter writer_;
  bool with_cursor_;
  std::string source_field_;
  std::string cursor_;
  Buffer line_;
};

/// The documents as they are, one after the other; the name of the source is appended as JsonLines
/// does.
class BsonDocuments {
 public:
  explicit BsonDocuments(std::string source_field = "shard")
      : source_field_(std::move(source_field)) {}

  void call_sources(std::string field) { source_field_ = std::move(field); }

  /// Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out);

 private:
  std::string source_field_;
};

}  // namespace mongotail::output

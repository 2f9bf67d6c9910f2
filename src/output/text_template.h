#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"
#include "output/json_writer.h"

namespace mongotail::output {

/// A line by `--format`: text with fields in braces.
///
///     {ts}      SECS:ORD                         {op}    the letter, {verb} the word
///     {time}    the wall time, ISO 8601, UTC     {ns}    the namespace, of a command the named one
///     {id}      the document's _id               {shard} or {source}: of several, which one
///     {o.status}, {ui}, …                        any field of the document, by its dotted path;
///                                                a number is an index into an array
///     {{ }}     literal braces
///
/// Strings have no quotes, all else is relaxed Extended JSON, a missing field is empty. Text of the
/// document can't hold a control sequence or a newline: those are escaped.
class TextTemplate {
 public:
  /// Cause::usage names the part that is wrong.
  static Result<TextTemplate> parse(std::string_view text);

  /// Appends one line. Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, std::string_view shard, std::string& out);

 private:
  enum class Kind { literal, ts, time, op, verb, ns, id, shard, path };
  struct Part {
    Kind kind = Kind::literal;
    std::string text;               // of a literal
    std::vector<std::string> path;  // of a path
  };

  TextTemplate() = default;
  static Result<Part> parse_field(std::string_view name);
  void add_literal(std::string_view text);
  Status append_part(const Part& part, const oplog::Operation& operation, std::string_view shard,
                     std::string& out);
  Status append_value(const bson::Element& value, std::string& out);
  void append_time(const oplog::Operation& operation, std::string& out);

  std::vector<Part> parts_;
  JsonWriter json_{JsonMode::relaxed};
  IsoDateWriter dates_;
};

}  // namespace mongotail::output

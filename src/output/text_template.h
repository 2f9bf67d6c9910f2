#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/json_writer.h"
#include "output/short_line.h"
#include "output/source_tag.h"

namespace mongotail::output {

/// A line by `--format`: text with fields in braces.
///
///     {ts}      SECS:ORD                         {op}     the letter, {verb} the word
///     {time}    the wall time, ISO 8601, UTC     {cursor} the place right after the operation
///     {ns}      the namespace, of a command the named one; {db} and {coll} are its parts
///     {id}      the document's _id               {change} what ShortLine says of the change
///     {shard} or {source}: of several, which one {user}   name@db, where it is known
///     {o.status}, {ui}, …                        any field of the entry, by its dotted path; a
///                                                number is an index into an array
///     {{ }}     literal braces                   \t \n \\ a tab, a newline, a backslash
///
/// Strings, ObjectIds, UUIDs, dates and numbers are bare, all else is relaxed Extended JSON, a
/// missing field is empty. With `:json` behind its name a field is Extended JSON whatever it is.
/// Text of the document can't hold a control sequence or a newline: those are escaped.
class TextTemplate {
 public:
  struct Options {
    JsonMode json_mode = JsonMode::relaxed;              ///< of fields with `:json`
    bool ascii = false;                                  ///< of {change}, as ShortLine's
    std::shared_ptr<const oplog::UserNames> users = {};  ///< may be null
  };

  /// Cause::usage names the part that is wrong.
  static Result<TextTemplate> parse(std::string_view text, Options options);

  /// Appends one line. Cause::damaged: `out` then is as it was.
  Status append(const oplog::Operation& operation, const SourceTag& tag, std::string& out);

 private:
  enum class Kind {
    literal,
    ts,
    time,
    cursor,
    op,
    verb,
    ns,
    db,
    coll,
    id,
    change,
    user,
    shard,
    path
  };
  struct Part {
    Kind kind = Kind::literal;
    bool as_json = false;
    std::string text;               // of a literal
    std::vector<std::string> path;  // of a path
  };
  struct KnownName;

  explicit TextTemplate(Options options);
  static Result<Part> parse_field(std::string_view name);
  static Result<Part> parse_path(std::string_view name);
  static Error unknown_name(std::string_view name, std::string_view key);
  void add_literal(std::string_view text);
  void add_text(std::string_view text);
  Status append_part(const Part& part, const oplog::Operation& operation, const SourceTag& tag,
                     std::string& out);
  Status append_field(const Part& part, const oplog::Operation& operation, const SourceTag& tag,
                      std::string& out);
  Status append_value(const bson::Element& value, bool as_json, std::string& out);
  void append_time(const oplog::Operation& operation, std::string& out);

  std::vector<Part> parts_;
  JsonWriter json_{JsonMode::relaxed};
  JsonWriter json_of_fields_;
  ShortLine short_line_;
  std::shared_ptr<const oplog::UserNames> users_;
  IsoDateWriter dates_;
};

}  // namespace mongotail::output

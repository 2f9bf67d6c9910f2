#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/json_writer.h"
#include "output/source_tag.h"

namespace mongotail::output {

/// One line of JSON an operation in a shape that is the same for every kind of entry:
///
///     {"cursor":"9:1@3","time":"2026-11-23T01:20:58.000Z","op":"u","ns":"app.u","id":1,
///      "set":{"a":5,"items.0.qty":2},"unset":["b"]}
///
/// - Always, in that order: `cursor`, the place right after the operation; `time`, null without a
///   `wall`; `op`, the letter; `ns`, of a command the named one; `id`, null if there is none;
///   `set`, from path to value; `unset`, paths. Both are empty but for updates.
/// - `length`: from path to the new length of arrays that an update cut or filled up.
/// - `splice`: from path to `{"from":N,"data":…}`, a binary that keeps its first N bytes.
/// - `doc`: the document, of an insert or a replacement.
/// - `command`, of a command its name.
/// - `o`: the payload as it is stored, of all that the above does not tell: commands, no-ops, and
///   operations and updates in forms that are not known.
/// - `txn`, in transactions: `{"session":"<UUID>","number":7,"index":0,"last":false}`.
/// - `user`, `name@db` where the session's user is known by name.
/// - `state` and `stateUnknown`, with --state.
/// - `shard` or `source`, of several: which one; `cursor` then is that of all of them.
///
/// Paths are dotted; a dot or a backslash in a name follows a backslash. What an update does is
/// told whole if `length` is applied first, then `unset`, `set` and `splice`.
class EventLines {
 public:
  /// `with_state`: operations carry the fields `state` and `stateUnknown`. `users` may be null.
  explicit EventLines(JsonMode mode, bool with_state = false, std::string source_field = "shard",
                      std::shared_ptr<const oplog::UserNames> users = {})
      : writer_(mode),
        with_state_(with_state),
        source_field_(std::move(source_field)),
        users_(std::move(users)) {}

  /// Cause::damaged: `out` then is as it was.
  void call_sources(std::string field) { source_field_ = std::move(field); }

  Status append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out);

 private:
  class Update;

  Status append_fields(const oplog::Operation& operation, const SourceTag& tag, Buffer& out);
  void append_time(const oplog::Entry& entry, Buffer& out);
  Status append_content(const oplog::Entry& entry, Buffer& out);
  Status append_document(std::string_view key, bson::Document document, Buffer& out);
  Status append_update(const oplog::Entry& entry, Buffer& out);
  Status append_state(const oplog::Entry& entry, Buffer& out);
  void append_transaction(const oplog::Operation& operation, Buffer& out);

  JsonWriter writer_;
  bool with_state_;
  std::string source_field_;
  std::shared_ptr<const oplog::UserNames> users_;
  IsoDateWriter dates_;
  std::string text_;                // of one value or path
  Buffer unset_, length_, splice_;  // of one update, gathered beside its `set`
};

}  // namespace mongotail::output

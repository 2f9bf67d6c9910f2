#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bson/builder.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/time_text.h"

namespace mongotail::output {

/// What a summary can group operations by.
enum class SummaryKey { ns, op, db, id, field, user, session, minute, hour, day, shard };

/// As `--summary-by` and the lines of JSON name it.
std::string_view name_of(SummaryKey key);
std::optional<SummaryKey> summary_key(std::string_view name);

/// Reads the groups that an operation belongs to.
///
/// - `ns` is oplog::named_namespace(), `db` its database, `op` the letter.
/// - `id` is the document's `_id`, whatever its type.
/// - `field` is a path that an update changes, with `$` for the index into an array: `lines.$.qty`.
///   An operation belongs to a group for each of its paths. Null for what changes no single field.
/// - `user` is `name@db` where the name is known, else the beginning of `lsid.uid` in hex.
/// - `session` is the UUID `lsid.id`.
/// - `shard` is the name of the operation's source: of several, which one; else what a field
/// `shard` or
///   `source` of the operation itself says, which mongotail put there.
/// - `minute`, `hour` and `day` are the date at which that one of the timestamp begins.
///
/// A key that an operation lacks is null. Memory is bounded: what is longer than max_value bytes is
/// cut, and ends with an ellipsis.
class SummaryKeyReader {
 public:
  static constexpr std::size_t max_value = 256;

  /// Days and hours begin in UTC or in the local time zone. `users` may be null.
  SummaryKeyReader(std::vector<SummaryKey> keys, bool utc,
                   std::shared_ptr<const oplog::UserNames> users = {});

  /// Calls `take` with each group's keys, a document `{ns, op, …}` in the order of the keys, which
  /// is valid during the call. The same group may come more than once.
  void read(const oplog::Operation& operation, const std::function<void(bson::Document)>& take);

  /// Of a stream of several sources, the name of each in turn.
  void add_source(std::string name) { sources_.push_back(std::move(name)); }

  std::span<const SummaryKey> keys() const { return keys_; }
  /// An operation can belong to several groups.
  bool has_field() const;

 private:
  bson::Document build(const oplog::Operation& operation, std::optional<std::string_view> path);
  void append(SummaryKey key, const oplog::Operation& operation);
  void append_text(std::string_view name, std::string_view text);
  void append_id(const oplog::Operation& operation);
  void append_user(const oplog::Operation& operation);
  void append_session(const oplog::Operation& operation);
  void append_shard(const oplog::Operation& operation);
  void append_null(std::string_view name);

  std::vector<SummaryKey> keys_;
  std::vector<std::string> sources_;
  TimeText times_;
  std::shared_ptr<const oplog::UserNames> users_;
  bson::Builder builder_;
  std::string path_;
};

/// Whether `a` comes before `b`, two groups' keys of one reader: dates and numbers by value, text
/// by its bytes.
bool comes_before(bson::Document a, bson::Document b);

}  // namespace mongotail::output

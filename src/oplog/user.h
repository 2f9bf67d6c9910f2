#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "oplog/entry.h"

/// The user of an operation, as far as the oplog says: the session of a retryable write or of a
/// transaction has `lsid.uid`, the SHA-256 of the user's name as `name@db`.
namespace mongotail::oplog {

using UserId = Sha256;

/// `NAME[@DB]`, with `@admin` where no database is named. A name that holds an `@` itself needs its
/// database.
std::string full_user_name(std::string_view name);

/// Of a name with its database.
UserId user_id(std::string_view full_name);

/// `id` or `uid` of the entry's session.
std::optional<bson::Element> lsid_field(const Entry& entry, std::string_view name);

/// nullopt for an entry without a session, or of a server without access control.
std::optional<UserId> user_id_of(const Entry& entry);

/// The users that are known by name.
class UserNames {
 public:
  void add(std::string_view full_name);
  /// `name@db`; empty if that is not known. Valid as long as no name is added.
  std::string_view name_of(const Entry& entry) const;

 private:
  std::map<UserId, std::string> names_;
};

}  // namespace mongotail::oplog

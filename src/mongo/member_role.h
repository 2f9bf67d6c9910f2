#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "bson/view.h"

namespace mongotail::mongo {

/// What a server is to its set, as far as its `hello` says it.
enum class MemberRole {
  readable,     ///< primary or secondary; hidden, delayed or passive members too
  not_ready,    ///< in a set, but neither primary nor secondary nor arbiter
  outside_set,  ///< started as a member, but its set was never initiated or no longer has it
  arbiter,
  standalone,
  mongos,
};

MemberRole role_of(bson::Document hello);

/// What `replSetGetStatus` answered about the server itself. Both fields are empty if it may not be
/// asked.
struct SetStatus {
  std::optional<std::int64_t> state;  ///< myState
  std::optional<std::uint32_t> error_code;
};

/// Whether `hello` leaves open why a server with that role can't be read.
bool needs_status(MemberRole role);

/// Why the oplog of the server at `address` is not read, by the name of its state; nullopt if it
/// is. Cause::connection if that may change by itself, else Cause::no_oplog. Pure.
std::optional<Error> why_unreadable(MemberRole role, const SetStatus& status,
                                    const std::string& address);

}  // namespace mongotail::mongo

#include "mongo/member_role.h"

#include <fmt/format.h>

#include "mongo/reply_fields.h"

namespace mongotail::mongo {
namespace {

// The states and codes of MongoDB's manual, "Replica Set Member States", and of its
// error_codes.yml.
namespace state {
constexpr std::int64_t startup = 0;
constexpr std::int64_t recovering = 3;
constexpr std::int64_t startup2 = 5;
constexpr std::int64_t rollback = 9;
constexpr std::int64_t removed = 10;
}  // namespace state
constexpr std::uint32_t invalid_replica_set_config = 93;
constexpr std::uint32_t not_yet_initialized = 94;

Error removed(const std::string& address) {
  return {Cause::connection,
          fmt::format("{} is in state REMOVED: its replica set's configuration does not list it",
                      address),
          "name a current member (rs.conf() lists them), or add this one again with rs.add()"};
}

Error why_outside(const SetStatus& status, const std::string& address) {
  if (status.error_code == invalid_replica_set_config) return removed(address);
  if (status.error_code == not_yet_initialized) {
    return {Cause::connection,
            fmt::format("{} belongs to a replica set that is not initiated", address),
            "run rs.initiate() on it"};
  }
  return {Cause::connection,
          fmt::format("{} is not in a replica set: the set was never initiated, or has removed it",
                      address),
          "run rs.initiate() if the set is new; else name a current member (rs.conf() lists them)"};
}

Error why_not_ready(const SetStatus& status, const std::string& address) {
  const auto not_ready = [&](const char* what, const char* hint) {
    return Error{Cause::connection, fmt::format("{} is {}", address, what), hint};
  };
  constexpr const char* wait = "wait until it is a secondary, or name another member";
  switch (status.state.value_or(-1)) {
    case state::startup:
      return not_ready("starting up (state STARTUP)", wait);
    case state::recovering:
      return not_ready("in state RECOVERING: in maintenance mode, or too far behind its set",
                       "end its maintenance mode (replSetMaintenance), resync it if it is stale, "
                       "or name another member");
    case state::startup2:
      return not_ready("in its initial sync (state STARTUP2)", wait);
    case state::rollback:
      return not_ready("rolling back writes (state ROLLBACK)", wait);
    case state::removed:
      return removed(address);
    default:
      return not_ready(
          "neither primary nor secondary: starting up, in its initial sync, in maintenance mode or "
          "rolling back",
          "see rs.status(); wait until it is a secondary, or name another member");
  }
}

}  // namespace

MemberRole role_of(bson::Document hello) {
  if (text(hello, "msg") == "isdbgrid") return MemberRole::mongos;
  if (flag(hello, "isreplicaset")) return MemberRole::outside_set;
  if (text(hello, "setName").empty()) return MemberRole::standalone;
  if (flag(hello, "arbiterOnly")) return MemberRole::arbiter;
  if (is_primary(hello) || flag(hello, "secondary")) return MemberRole::readable;
  return MemberRole::not_ready;
}

bool needs_status(MemberRole role) {
  return role == MemberRole::not_ready || role == MemberRole::outside_set;
}

std::optional<Error> why_unreadable(MemberRole role, const SetStatus& status,
                                    const std::string& address) {
  switch (role) {
    case MemberRole::readable:
      return std::nullopt;
    case MemberRole::not_ready:
      return why_not_ready(status, address);
    case MemberRole::outside_set:
      return why_outside(status, address);
    case MemberRole::arbiter:
      return Error{Cause::no_oplog, fmt::format("{} is an arbiter, which has no oplog", address),
                   "connect to a data-bearing member"};
    case MemberRole::standalone:
      return Error{
          Cause::no_oplog, fmt::format("{} is a standalone server, which has no oplog", address),
          "start mongod with --replSet NAME and run rs.initiate() once; a set of one is enough"};
    case MemberRole::mongos:
      break;
  }
  return Error{Cause::no_oplog, fmt::format("{} is a mongos, which has no oplog", address),
               "connect to a shard's replica set: sh.status() lists them"};
}

}  // namespace mongotail::mongo

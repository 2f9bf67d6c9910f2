#include "mongo/oplog_info.h"

#include <fmt/format.h>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"

namespace mongotail::mongo {

Result<OplogInfo> oplog_info(Connection& connection) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  auto newest = newest_optime(**member, ReadConcern::majority);
  const bool majority_reads = newest || newest.error().cause != Cause::no_majority;
  if (!majority_reads) newest = newest_optime(**member, ReadConcern::local);
  if (!newest) return fail(newest.error());
  if (!*newest) {
    return fail(
        Cause::no_oplog,
        fmt::format("the oplog of {} has no entry that a majority holds", (*member)->address()),
        "wait until the set has a primary and a majority of its members is up");
  }
  return OplogInfo{(*member)->address(), (*member)->set_name(), **newest, majority_reads};
}

Result<OplogSize> oplog_size(Connection& connection) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  const auto oldest = oldest_entry(**member);
  if (!oldest) return fail(oldest.error());
  bson::Builder command;
  command.append("collStats", "oplog.rs");
  const auto reply = (*member)->run("local", command.finish());
  if (!reply) return fail(reply.error());
  const auto size = (*reply)->view().find("size");
  const auto bytes = size ? size->as_integer() : std::nullopt;
  if (!*oldest || !bytes) {
    return fail(Cause::connection, "the server doesn't say how large its oplog is");
  }
  return OplogSize{(*oldest)->optime.ts, static_cast<double>(*bytes)};
}

}  // namespace mongotail::mongo

#include "mongo/oplog_info.h"

#include <fmt/format.h>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"
#include "mongo/reply_fields.h"

namespace mongotail::mongo {
namespace {

bson::OwnedDocument sample_command() {
  constexpr std::int32_t entries = 400;
  constexpr std::int32_t longest_ms = 500;
  bson::Builder command;
  command.append("aggregate", "oplog.rs").open_array("pipeline");
  command.open_document("0").open_document("$sample").append("size", entries).close().close();
  command.open_document("1").open_document("$project").append("_id", 0).append("ts", 1);
  command.open_document("bytes").append("$bsonSize", "$$ROOT").close().close().close();
  command.close();
  command.open_document("cursor").append("batchSize", entries).close();
  command.append("maxTimeMS", longest_ms);
  return command.take();
}

// Without a filter on ts: backwards the server would go through the whole oplog for it.
bson::OwnedDocument newest_command(std::int32_t limit, std::chrono::milliseconds longest) {
  bson::Builder command;
  command.append("find", "oplog.rs");
  command.open_document("sort").append("$natural", -1).close();
  // The names of a command's collections, without what is written to them.
  command.open_document("projection").append("_id", 0).append("ts", 1).append("op", 1);
  command.append("ns", 1).append("o.applyOps.ns", 1);
  for (const char* name : {"create", "drop", "renameCollection", "collMod", "createIndexes", "to",
                           "dropIndexes", "startIndexBuild", "commitIndexBuild", "dropDatabase"}) {
    command.append(fmt::format("o.{}", name), 1);
  }
  command.close();
  command.append("limit", limit).append("batchSize", limit).append("singleBatch", true);
  command.append("maxTimeMS", static_cast<std::int32_t>(longest.count()));
  return command.take();
}

}  // namespace

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
        fmt::format("the oplog of {} has no majority-committed entry", (*member)->address()),
        "wait until the set has a primary and most of its members are up");
  }
  return OplogInfo{(*member)->address(), (*member)->set_name(), **newest, majority_reads};
}

Result<std::string> describe_member(Connection& connection) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  bson::Builder command;
  command.append("buildInfo", 1);
  const auto build = (*member)->run("admin", command.finish());
  if (!build) return fail(build.error());
  const auto hello = (*member)->hello();
  if (!hello) return fail(hello.error());
  const std::string_view version = text((*build)->view(), "version");
  const bool primary = is_primary((*hello)->view());
  return fmt::format("{} is MongoDB {}, {}", (*member)->address(), version.empty() ? "?" : version,
                     primary                               ? "primary"
                     : flag((*hello)->view(), "secondary") ? "secondary"
                                                           : "neither primary nor secondary");
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

Result<std::vector<SampledEntry>> oplog_sample(Connection& connection) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  const auto reply = (*member)->run("local", sample_command().view());
  if (!reply) return fail(reply.error());
  std::vector<SampledEntry> sample;
  for (const bson::Element& element : first_batch((*reply)->view()).value_or(bson::Document())) {
    const bson::Document entry = element.as_document().value_or(bson::Document());
    const auto ts = entry.find("ts");
    const auto bytes = entry.find("bytes");
    if (!ts || !ts->as_timestamp() || !bytes) continue;
    sample.push_back(
        {*ts->as_timestamp(), static_cast<std::int32_t>(bytes->as_integer().value_or(0))});
  }
  return sample;
}

Result<std::vector<bson::OwnedDocument>> newest_entries(Connection& connection,
                                                        bson::Timestamp first, std::int32_t limit,
                                                        std::chrono::milliseconds longest) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  const auto reply = (*member)->run("local", newest_command(limit, longest).view());
  if (!reply) return fail(reply.error());
  std::vector<bson::OwnedDocument> entries;
  for (const bson::Element& element : first_batch((*reply)->view()).value_or(bson::Document())) {
    const auto entry = element.as_document();
    const auto ts = entry ? entry->find("ts") : std::nullopt;
    if (ts && ts->as_timestamp() >= first) entries.emplace_back(*entry);
  }
  return entries;
}

}  // namespace mongotail::mongo

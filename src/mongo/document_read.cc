#include "mongo/document_read.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"
#include "mongo/reply_fields.h"
#include "oplog/namespace.h"

namespace mongotail::mongo {
namespace {

enum class At { or_after, exactly };

// With the collection's own collation, whose index finds the document; the caller compares the _id.
Result<std::optional<bson::OwnedDocument>> find_document(Member& member, std::string_view ns,
                                                         const bson::Element& id, At at,
                                                         bson::Timestamp ts) {
  const auto name = oplog::NamespaceName::split(ns);
  bson::Builder command;
  command.append("find", name.collection);
  command.open_document("filter").open_document("_id").append("$eq", id).close().close();
  command.append("limit", 1).append("singleBatch", true);
  command.open_document("readConcern");
  command.append("level", at == At::exactly ? "snapshot" : "majority");
  command.append(at == At::exactly ? "atClusterTime" : "afterClusterTime", ts).close();
  const auto reply = member.run(std::string(name.database).c_str(), command.finish());
  if (!reply) return fail(reply.error());
  const auto documents = first_batch((*reply)->view());
  if (!documents) {
    return fail(Cause::server,
                fmt::format("{} answered a find in an unknown form", member.address()));
  }
  const auto first = documents->first();
  const auto document = first ? first->as_document() : std::nullopt;
  if (!document) return std::nullopt;
  return bson::OwnedDocument(*document);
}

// Read so, it lies past no write that is still open.
Result<oplog::OpTime> newest_of(Member& member) {
  const auto newest = newest_optime(member, ReadConcern::majority);
  if (!newest) return fail(newest.error());
  if (!*newest) return fail(Cause::no_oplog, "the oplog is empty");
  return **newest;
}

}  // namespace

Result<PlacedDocument> read_document(Connection& connection, std::string_view ns,
                                     const bson::Element& id) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  const auto from = newest_of(**member);
  if (!from) return fail(from.error());
  auto document = find_document(**member, ns, id, At::or_after, from->ts);
  if (!document) return fail(std::move(document.error()));
  const auto to = newest_of(**member);
  if (!to) return fail(to.error());
  return PlacedDocument{*std::move(document), *from, *to};
}

Result<PlacedDocument> read_snapshot(Connection& connection, std::string_view ns,
                                     const bson::Element& id) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  const auto at = newest_of(**member);
  if (!at) return fail(at.error());
  auto document = find_document(**member, ns, id, At::exactly, at->ts);
  if (!document) return fail(std::move(document.error()));
  return PlacedDocument{*std::move(document), *at, *at};
}

}  // namespace mongotail::mongo

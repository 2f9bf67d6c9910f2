#include "mongo/cluster.h"

#include <algorithm>
#include <utility>

#include "bson/builder.h"
#include "mongo/member.h"
#include "mongo/reply_fields.h"

namespace mongotail::mongo {
namespace {

bson::OwnedDocument find_shards() {
  constexpr std::int32_t most = 10'000;
  bson::Builder command;
  command.append("find", "shards").append("batchSize", most).append("singleBatch", true);
  command.open_document("readConcern").append("level", "majority").close();
  return command.take();
}

Shard shard_of(bson::Document document) {
  Shard shard;
  shard.name = text(document, "_id");
  const std::string host(text(document, "host"));
  const auto slash = host.find('/');
  if (slash != std::string::npos) shard.set = host.substr(0, slash);
  shard.hosts = host.substr(slash == std::string::npos ? 0 : slash + 1);
  // Set when a shard is added; a removal sets that of one that stays.
  if (const auto time = document.find("topologyTime")) shard.added = time->as_timestamp();
  return shard;
}

}  // namespace

Result<Deployment> deployment_of(Connection& connection) {
  const auto member = connection.select_any();
  if (!member) return fail(member.error());
  const auto hello = (*member)->hello();
  if (!hello) return fail(hello.error());
  if (role_of((*hello)->view()) == MemberRole::mongos) return Deployment::mongos;
  const bool config = (*hello)->view().find("configsvr").has_value();
  return config ? Deployment::config_servers : Deployment::replica_set;
}

bool is_mongos(Connection& connection) {
  const auto deployment = deployment_of(connection);
  return deployment && *deployment == Deployment::mongos;
}

Result<std::vector<Shard>> shards_of(Connection& connection) {
  const auto member = connection.select_any();
  if (!member) return fail(member.error());
  auto reply = (*member)->run("config", find_shards().view());
  if (!reply && reply.error().cause == Cause::unauthorized) {
    return fail(Cause::unauthorized, "the user is not authorized to list the cluster's shards",
                "grant the role clusterMonitor, or read on the database config");
  }
  if (!reply) return fail(std::move(reply.error()));
  const auto documents = first_batch((*reply)->view());
  std::vector<Shard> shards;
  for (const bson::Element& each : documents.value_or(bson::Document())) {
    if (const auto document = each.as_document()) shards.push_back(shard_of(*document));
  }
  std::ranges::sort(shards, {}, &Shard::name);
  return shards;
}

}  // namespace mongotail::mongo

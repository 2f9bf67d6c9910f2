#include "plan/shard_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/safe_text.h"
#include "base/uri.h"

namespace mongotail::plan {

ConnectionConfig connection_of(const mongo::Shard& shard, const ConnectionConfig& cluster,
                               const cli::ClusterFlags& flags) {
  ConnectionConfig config = cluster;
  const UriParts parts = UriParts::of(config.uri);
  std::string hosts = shard.hosts;
  for (const auto& [name, mapped] : flags.shard_map) {
    if (name == shard.name) hosts = mapped;
  }
  std::string options = shard.set.empty() ? "" : "replicaSet=" + shard.set;
  if (parts.scheme.ends_with("+srv")) config.tls = true;
  for (const UriOption& option : options_of(parts.query.value_or(""))) {
    if (option.is("replicaset") || option.is("directconnection") || option.is("loadbalanced") ||
        option.is("srvmaxhosts") || option.is("srvservicename") || option.name.empty()) {
      continue;
    }
    if (!options.empty()) options += '&';
    options += fmt::format("{}={}", option.name, option.value.value_or(""));
  }
  std::string login;
  if (flags.shard_username) {
    config.username = flags.shard_username;
    config.password = flags.shard_password;
  } else if (parts.login) {
    login = fmt::format("{}@", *parts.login);
  }
  const std::string_view path = parts.path.empty() ? "/" : parts.path;
  config.uri = fmt::format("mongodb://{}{}{}?{}", login, hosts, path, options);
  return config;
}

Error of_shard(Error error, const mongo::Shard& shard) {
  error.what = fmt::format("shard {} ({}): {}", shard.name, shard.hosts, error.what);
  if (error.cause == Cause::unauthorized || error.cause == Cause::authentication) {
    error.hint = fmt::format(
        "a cluster's users do not exist on its shards; on the shard's primary run "
        "db.getSiblingDB('admin').createUser({{user: 'mongotail', pwd: passwordPrompt(), roles: "
        "[{{role: 'read', db: 'local'}}]}}), and give that user with --shard-username and "
        "--shard-password");
  } else if (error.cause == Cause::unreachable) {
    error.hint += fmt::format(
        "{}if it has another address from here, give that with --shard-map {}=HOST:PORT",
        error.hint.empty() ? "" : "; ", shard.name);
  }
  return error;
}

Status check_shards(const std::vector<mongo::Shard>& shards, const cli::ClusterFlags& flags) {
  if (shards.empty()) {
    return fail(Cause::no_oplog, "the cluster has no shards yet", "add one with sh.addShard()");
  }
  for (const auto& [name, hosts] : flags.shard_map) {
    if (std::ranges::find(shards, name, &mongo::Shard::name) == shards.end()) {
      return fail(Cause::usage,
                  fmt::format("--shard-map: the cluster has no shard {}", safe_text(name)),
                  "see sh.status() for their names");
    }
  }
  return {};
}

Status check_is_cluster(mongo::Connection& connection) {
  const auto deployment = mongo::deployment_of(connection);
  if (!deployment) return fail(deployment.error());
  if (*deployment != mongo::Deployment::replica_set) return {};
  return fail(Cause::usage, fmt::format("{} is a plain replica set", connection.hosts()),
              "leave out --sharded, or name the cluster's config servers or a mongos");
}

}  // namespace mongotail::plan

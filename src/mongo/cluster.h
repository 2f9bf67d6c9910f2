#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/types.h"
#include "mongo/connection.h"

namespace mongotail::mongo {

enum class Deployment {
  replica_set,
  config_servers,  ///< of a sharded cluster, themselves a replica set
  mongos,
};

/// What a URI leads to. Errors as of Connection::select().
Result<Deployment> deployment_of(Connection& connection);
/// False also where it does not say what it is.
bool is_mongos(Connection& connection);

struct Shard {
  std::string name;
  std::string set;    ///< its replica set's name
  std::string hosts;  ///< `host:port,host:port`, as the cluster calls them
  /// In the cluster's time, never too early; servers before 5.0 don't keep it.
  std::optional<bson::Timestamp> added = std::nullopt;
};

/// The shards of a cluster, by name, as its config servers or a mongos tell them.
/// Cause::unauthorized where the user may not read them.
Result<std::vector<Shard>> shards_of(Connection& connection);

}  // namespace mongotail::mongo

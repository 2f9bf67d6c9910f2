#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mongotail::cli {

/// How the shards of a cluster are reached.
struct ClusterFlags {
  bool sharded = false;  ///< the connection is one to config servers or a mongos
  /// In place of the login of the cluster, on the shards.
  std::optional<std::string> shard_username, shard_password;
  /// Hosts in place of those that the cluster calls a shard's, by its name.
  std::vector<std::pair<std::string, std::string>> shard_map;

  /// One that only a cluster has a use for is given.
  bool any() const { return sharded || shard_username || !shard_map.empty(); }
};

}  // namespace mongotail::cli

#pragma once

#include <vector>

#include "base/connection_config.h"
#include "base/result.h"
#include "cli/cluster_flags.h"
#include "mongo/cluster.h"

namespace mongotail::plan {

/// How a shard's own set is reached: as the cluster, with its hosts and, where it has one, its
/// login.
ConnectionConfig connection_of(const mongo::Shard& shard, const ConnectionConfig& cluster,
                               const cli::ClusterFlags& flags);

/// The error with the shard's name, and what to try where a cluster is the reason.
Error of_shard(Error error, const mongo::Shard& shard);

/// Cause::usage if hosts are given for an unknown shard; Cause::no_oplog if the cluster has none.
Status check_shards(const std::vector<mongo::Shard>& shards, const cli::ClusterFlags& flags);

/// Cause::usage where it is a plain replica set.
Status check_is_cluster(mongo::Connection& connection);

}  // namespace mongotail::plan

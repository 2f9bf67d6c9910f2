#include <string>

#include "cli/resolve.h"

namespace mongotail::cli {

Result<ClusterFlags> resolve_cluster(const Invocation& typed) {
  const Blame blame(typed);
  ClusterFlags flags;
  flags.sharded = typed.sharded;
  flags.shard_username = typed.shard_username;
  flags.shard_password = typed.shard_password;
  for (const std::string& mapped : typed.shard_map) {
    const auto equals = mapped.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == mapped.size()) {
      return blame.bad_value("--shard-map", in_quotes(mapped) + " is not a shard and its hosts",
                             "the form is NAME=HOST:PORT,HOST:PORT");
    }
    flags.shard_map.emplace_back(mapped.substr(0, equals), mapped.substr(equals + 1));
  }
  const bool any = flags.any() || typed.shard_password || typed.from_migrate;
  if (any && (!typed.files.empty() || typed.connect || !typed.more_uris.empty())) {
    return blame.contradiction(
        {"--sharded", "--from-migrate", "--shard-map", "--shard-username", "--shard-password"},
        "flags of a sharded cluster are given with other sources",
        "name one cluster, by its config servers or a mongos");
  }
  if (typed.sharded && !typed.labels.empty()) {
    return blame.contradiction({"--label", "--sharded"},
                               "shards have the names that the cluster gives them",
                               "leave out --label");
  }
  if (typed.shard_password && !typed.shard_username) {
    return blame.contradiction({"--shard-password"}, "--shard-password is given, but no user",
                               "name the user with --shard-username");
  }
  return flags;
}

}  // namespace mongotail::cli

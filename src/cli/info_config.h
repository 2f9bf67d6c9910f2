#pragma once

#include <string>
#include <vector>

#include "base/connection_config.h"
#include "base/result.h"
#include "cli/config.h"
#include "cli/invocation.h"

namespace mongotail::cli {

/// What `mongotail info` is to do: every value checked.
struct InfoConfig : ClusterFlags {
  ConnectionConfig connection;
  /// Of several servers those after the first.
  std::vector<ConnectionConfig> more_connections;
  /// Of all of them; empty: the names of their sets.
  std::vector<std::string> labels;
  bool members = false;
  bool deep = false;
  bool json = false;
  bool utc = false;
  bool verbose = false, quiet = false;
  bool status_line = false;  ///< stderr is a terminal
};

/// As resolve(), for that command.
Result<InfoConfig> resolve_info(const Invocation& invocation, const Environment& environment);

}  // namespace mongotail::cli

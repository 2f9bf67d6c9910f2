#include <array>
#include <string>
#include <utility>

#include "cli/info_config.h"
#include "cli/resolve.h"

namespace mongotail::cli {

Result<InfoConfig> resolve_info(const Invocation& typed, const Environment& environment) {
  static constexpr std::array<Choice<bool>, 2> formats = {{{"text", false}, {"json", true}}};
  const Blame blame(typed);
  InfoConfig config;
  auto connection = resolve_connection(typed, environment);
  if (!connection) return fail(std::move(connection.error()));
  config.connection = *std::move(connection);
  auto more = resolve_more_connections(typed, environment);
  if (!more) return fail(std::move(more.error()));
  config.more_connections = *std::move(more);
  auto cluster = resolve_cluster(typed);
  if (!cluster) return fail(std::move(cluster.error()));
  static_cast<ClusterFlags&>(config) = *std::move(cluster);
  config.labels = typed.labels;
  if (!config.labels.empty() && config.labels.size() != 1 + config.more_connections.size()) {
    return blame.bad_value("--label",
                           std::to_string(config.labels.size()) + " labels are given for " +
                               std::to_string(1 + config.more_connections.size()) + " servers",
                           "give one for each, in their order");
  }
  if (typed.output) {
    auto json = choose(*typed.output, formats);
    if (!json) return blame.bad_value("--output", std::move(json.error()));
    config.json = *json;
  }
  if (typed.verbose && typed.quiet) {
    return blame.contradiction({"--verbose", "--quiet"}, "--verbose and --quiet are both given",
                               "give one of them");
  }
  config.members = typed.members;
  config.deep = typed.deep;
  config.utc = typed.utc;
  config.verbose = typed.verbose;
  config.quiet = typed.quiet;
  config.status_line = environment.stderr_is_terminal && !typed.quiet;
  return config;
}

}  // namespace mongotail::cli

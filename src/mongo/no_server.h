#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mongo/heartbeats.h"
#include "mongo/host_probe.h"

namespace mongotail::mongo {

/// What is known of one host of the URI.
struct HostFacts {
  std::string address;                 ///< as messages show it
  std::optional<Heartbeat> heartbeat;  ///< nullopt: it has neither answered nor failed
  Knock knock = Knock::unclear;        ///< of one that did not answer
  bool http = false;
};

/// What the URI asks for.
struct Wanted {
  std::string set;              ///< replicaSet=; empty: any
  std::string read_preference;  ///< "primary", "nearest", …
};

/// Why no server can be selected, if waiting would not help: every host refuses connections or does
/// not exist, one speaks HTTP, or all that answered are of another set than the wanted one and the
/// others failed. `last`: the time is up, so that any reason is good enough. nullopt: wait, or, at
/// last, nothing is known. Pure.
std::optional<Error> why_no_server(const std::vector<HostFacts>& hosts, const Wanted& wanted,
                                   bool last);

}  // namespace mongotail::mongo

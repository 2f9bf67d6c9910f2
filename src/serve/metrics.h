#pragma once

#include <cstdint>
#include <string>

#include "serve/hub.h"

namespace mongotail::serve {

/// What /metrics tells beside the hub's own counters.
struct ServerFacts {
  bool up = false;            ///< the MongoDB server is reachable
  double lag_seconds = 0;     ///< how old the newest operation was when it was published
  std::uint64_t entries = 0;  ///< of which something was published
  std::uint64_t bytes_sent = 0;
  std::uint64_t requests = 0, refused = 0;
  std::size_t connections = 0;
  std::size_t catch_ups_running = 0, catch_ups_waiting = 0;
};

/// The text format of Prometheus, version 0.0.4. `hub` may be nullptr.
std::string metrics_text(const ServerFacts& facts, const Hub* hub);

}  // namespace mongotail::serve

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/connection_config.h"
#include "base/result.h"
#include "cli/config.h"
#include "cli/invocation.h"
#include "match/selection.h"

namespace mongotail::cli {

/// What `mongotail serve` is to do: every value checked.
struct ServeConfig {
  ConnectionConfig connection;
  /// What subscribers can get at most.
  match::Selection selection;
  /// Where to listen; empty: where systemd says, or else at the default address.
  std::vector<Address> listen;
  std::optional<std::string> token_file;
  std::optional<std::string> known_users;           ///< a file
  std::optional<std::string> certificate_key_file;  ///< of the listener
  std::vector<std::string> allow_hosts;             ///< lower case, without a port
  std::vector<std::string> allow_origins;
  unsigned socket_mode = 0600;
  std::size_t ring_bytes = 64u << 20;
  std::chrono::milliseconds drop_after{30'000};
  std::size_t max_subscribers = 16'384;
  bool verbose = false, quiet = false;
  bool status_line = false;  ///< stderr is a terminal
};

/// As resolve(), for that command.
Result<ServeConfig> resolve_serve(const Invocation& invocation, const Environment& environment);

}  // namespace mongotail::cli

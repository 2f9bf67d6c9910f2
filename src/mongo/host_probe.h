#pragma once

#include <cstdint>
#include <string>

namespace mongotail::mongo {

/// Where a server listens: a host's name or address with a port, or the path of a socket.
struct Endpoint {
  std::string host;  ///< without brackets; a path if `is_socket`
  std::uint16_t port = 0;
  bool is_socket = false;
};

enum class Knock {
  accepted,
  refused,       ///< by each address of the host
  unknown_host,  ///< the host's name does not exist
  no_socket,     ///< there is nothing at the path
  unclear,       ///< no answer in time, or another error
};

/// Opens a connection, and closes it again. Waits up to 300 ms for each address, and for the name
/// as long as the system does.
Knock knock(const Endpoint& endpoint);

/// Whether what listens there answers a request of HTTP as an HTTP server does (mongod answers one
/// too, with a hint of its own). Waits up to 300 ms more for the answer.
bool speaks_http(const Endpoint& endpoint);

}  // namespace mongotail::mongo

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mongotail {

/// Where an HTTP server listens: a host and a port, or a Unix socket.
struct Address {
  std::string host;        ///< a name or an address; IPv6 without brackets; empty for a socket
  std::uint16_t port = 0;  ///< 0, for a listener: one that is free
  std::string path;        ///< of a Unix socket
  bool tls = false;        ///< https://

  bool is_unix() const { return !path.empty(); }
  /// An address of this machine alone, or `localhost`; a socket too.
  bool is_local() const;
};

/// Reads `host:port`, `host`, `:port`, `[::1]:port`, `http://…`, `https://…` or `unix:PATH`.
/// Without a host it is 127.0.0.1, without a port 9994. Cause::usage.
Result<Address> parse_address(std::string_view text);

/// The form that parse_address() reads; an https:// where it has TLS.
std::string to_string(const Address& address);

/// Whether that is an IP address, of version 4 or 6, without brackets.
bool is_ip_address(const std::string& host);

}  // namespace mongotail

#include "base/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <charconv>

#include "base/safe_text.h"
#include "base/uri.h"

namespace mongotail {
namespace {

constexpr std::uint16_t default_port = 9994;
constexpr const char* forms = "write host:port, https://host:port or unix:/path/of.sock";

tl::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(Cause::usage, "'" + safe_text(redact_uri(text)) + "' " + std::string(why), forms);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool to_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

Result<Address> parse_unix(std::string_view text, std::string_view path) {
  if (path.empty()) return bad(text, "is missing a socket's path");
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) return bad(text, "is too long for a socket");
  Address address;
  address.path = path;
  return address;
}

}  // namespace

bool is_ip_address(const std::string& host) {
  in6_addr unused{};
  return ::inet_pton(AF_INET, host.c_str(), &unused) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

bool Address::is_local() const {
  if (is_unix() || host == "localhost" || host == "::1") return true;
  in_addr v4{};
  // All of 127.0.0.0/8 (RFC 1122, section 3.2.1.3).
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

Result<Address> parse_address(std::string_view text) {
  std::string_view rest = text;
  if (take_prefix(rest, "unix:")) return parse_unix(text, rest);
  Address address;
  address.port = default_port;
  address.tls = take_prefix(rest, "https://");
  if (!address.tls) take_prefix(rest, "http://");
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) {
    return fail(Cause::usage, "an address takes no user or password",
                "use --token-file to give a server's token");
  }
  if (rest.empty() || rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return bad(text, "is not an address");
  }
  std::string_view port;
  bool has_port = false;
  if (take_prefix(rest, "[")) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad(text, "has a [ without a ]");
    address.host = rest.substr(0, close);
    rest.remove_prefix(close + 1);
    if (!is_ip_address(address.host)) return bad(text, "is not an address");
    has_port = take_prefix(rest, ":");
    if (!has_port && !rest.empty()) return bad(text, "is not an address");
    port = rest;
  } else {
    const auto colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    address.host = rest.substr(0, colon);
    if (has_port) port = rest.substr(colon + 1);
  }
  if (has_port && !to_port(port, address.port)) return bad(text, "has no port behind its colon");
  if (address.host.empty()) address.host = "127.0.0.1";
  return address;
}

std::string to_string(const Address& address) {
  if (address.is_unix()) return "unix:" + address.path;
  const bool v6 = address.host.find(':') != std::string::npos;
  return (address.tls ? "https://" : "http://") + (v6 ? "[" + address.host + "]" : address.host) +
         ":" + std::to_string(address.port);
}

}  // namespace mongotail

#include "serve/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>
#include <utility>

namespace mongotail::serve {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Generic = net::generic::stream_protocol;

tl::unexpected<Error> cannot(const Address& address, std::string_view why) {
  return fail(Cause::input, "can't listen on " + to_string(address) + ": " + std::string(why),
              address.is_unix()
                  ? "check whether another program is listening there, and who owns the folder"
                  : "check whether another program has that port, or name another one "
                    "with --listen");
}

Address address_of(const sockaddr_storage& storage, socklen_t size) {
  Address address;
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    address.port = ntohs(v4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    address.port = ntohs(v6.sin6_port);
  } else {
    sockaddr_un local{};
    std::memcpy(&local, &storage, std::min<std::size_t>(sizeof local, size));
    address.path = local.sun_path[0] == '\0' ? "@" : local.sun_path;
  }
  address.host = text;
  return address;
}

Address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return address_of(storage, size);
}

/// A socket's file that nobody listens on any more is in the way.
void remove_stale(net::io_context& io, const Address& address) {
  struct stat about {};
  if (::stat(address.path.c_str(), &about) != 0 || !S_ISSOCK(about.st_mode)) return;
  net::local::stream_protocol::socket probe(io);
  error_code error;
  probe.connect(net::local::stream_protocol::endpoint(address.path), error);
  if (error == net::error::connection_refused) ::unlink(address.path.c_str());
}

Result<Generic::endpoint> endpoint_of(net::io_context& io, const Address& address) {
  if (address.is_unix()) {
    return Generic::endpoint(net::local::stream_protocol::endpoint(address.path));
  }
  net::ip::tcp::resolver resolver(io);
  error_code error;
  const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                      net::ip::tcp::resolver::passive, error);
  if (error) return cannot(address, error.message());
  return Generic::endpoint(found.begin()->endpoint());
}

error_code bind_and_listen(Listener::Acceptor& acceptor, const Generic::endpoint& endpoint,
                           const Address& address, unsigned socket_mode) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  if (!address.is_unix()) acceptor.set_option(net::socket_base::reuse_address(true), error);
  // The file must never be there with more rights than it is to have.
  const mode_t before = address.is_unix() ? ::umask(~socket_mode & 0777) : 0;
  acceptor.bind(endpoint, error);
  if (address.is_unix()) ::umask(before);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  return error;
}

}  // namespace

Result<Listener> Listener::open(net::io_context& io, const Address& address, unsigned socket_mode) {
  if (address.is_unix()) remove_stale(io, address);
  const auto endpoint = endpoint_of(io, address);
  if (!endpoint) return fail(endpoint.error());
  Acceptor acceptor(io);
  if (const error_code error = bind_and_listen(acceptor, *endpoint, address, socket_mode)) {
    return cannot(address, error.message());
  }
  Address bound = address.is_unix() ? address : local_address(acceptor.native_handle());
  bound.tls = address.tls;
  return Listener(std::move(acceptor), std::move(bound), address.is_unix());
}

Result<Listener> Listener::adopt(net::io_context& io, int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  const bool good =
      ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
  const Address address = good ? local_address(fd) : Address{};
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  Acceptor acceptor(io);
  error_code error;
  if (good) {
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
    acceptor.assign(Generic(storage.ss_family, SOCK_STREAM), fd, error);
  }
  if (!good || error) {
    return fail(Cause::input, "a socket that was handed over does not listen for connections",
                "give the socket unit a ListenStream=");
  }
  return Listener(std::move(acceptor), address, false);
}

Listener::Listener(Listener&& other) noexcept
    : acceptor_(std::move(other.acceptor_)),
      address_(std::move(other.address_)),
      owns_file_(std::exchange(other.owns_file_, false)) {}

Listener::~Listener() {
  close();
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  if (std::exchange(owns_file_, false)) ::unlink(address_.path.c_str());
}

}  // namespace mongotail::serve

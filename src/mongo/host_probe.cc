#include "mongo/host_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/fd.h"

namespace mongotail::mongo {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds patience{300};

struct Connected {
  Knock knock = Knock::unclear;
  UniqueFd fd;  // if accepted
};

bool wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Connected refusal(int error) {
  if (error == ECONNREFUSED) return {Knock::refused, {}};
  return {error == ENOENT ? Knock::no_socket : Knock::unclear, {}};
}

Connected connect_to(const sockaddr* address, socklen_t size) {
  UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return {};
  if (::connect(fd.get(), address, size) == 0) return {Knock::accepted, std::move(fd)};
  if (errno != EINPROGRESS) return refusal(errno);
  if (!wait_for(fd.get(), POLLOUT, Clock::now() + patience)) return {};
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return {};
  if (error != 0) return refusal(error);
  return {Knock::accepted, std::move(fd)};
}

Connected connect_to_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Connected connect_to(const Endpoint& endpoint) {
  if (endpoint.is_socket) return connect_to_path(endpoint.host);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  if (failed != 0) return {failed == EAI_NONAME ? Knock::unknown_host : Knock::unclear, {}};
  Connected last{Knock::refused, {}};
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    auto connected = connect_to(each->ai_addr, each->ai_addrlen);
    if (connected.fd) return connected;
    if (connected.knock != Knock::refused) last.knock = connected.knock;
  }
  return last;
}

std::string answer_to(int fd, std::string_view request) {
  const auto deadline = Clock::now() + patience;
  std::string answer;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return answer;
  std::array<char, 512> part;
  while (answer.size() < part.size() && wait_for(fd, POLLIN, deadline)) {
    const auto got = ::recv(fd, part.data(), part.size(), 0);
    if (got <= 0) break;
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

}  // namespace

Knock knock(const Endpoint& endpoint) {
  return connect_to(endpoint).knock;
}

bool speaks_http(const Endpoint& endpoint) {
  const auto connected = connect_to(endpoint);
  if (!connected.fd) return false;
  const std::string answer = answer_to(connected.fd.get(), "GET / HTTP/1.0\r\n\r\n");
  return answer.starts_with("HTTP/") && answer.find("MongoDB over HTTP") == std::string::npos;
}

}  // namespace mongotail::mongo

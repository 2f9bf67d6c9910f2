#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "base/address.h"
#include "base/result.h"

namespace mongotail::serve {

/// A listening socket, of TCP or in the file system, whose file goes with it.
class Listener {
 public:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

  /// Cause::input where that address can't be listened on.
  static Result<Listener> open(boost::asio::io_context& io, const Address& address,
                               unsigned socket_mode);
  /// Takes over a socket that listens already. Cause::input if it does not.
  static Result<Listener> adopt(boost::asio::io_context& io, int fd);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  Acceptor& acceptor() { return acceptor_; }
  /// Nobody can connect any more.
  void close();
  /// With the port that was chosen.
  const Address& address() const { return address_; }

 private:
  Listener(Acceptor acceptor, Address address, bool owns_file)
      : acceptor_(std::move(acceptor)), address_(std::move(address)), owns_file_(owns_file) {}

  Acceptor acceptor_;
  Address address_;
  bool owns_file_;
};

}  // namespace mongotail::serve

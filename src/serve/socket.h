#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace mongotail::serve {

/// A connection over TCP or a Unix socket, with TLS or without: the stream that Asio's and Beast's
/// operations work on. Which kind it is shows at run time, and handlers and buffers have one type
/// each, so that every operation is compiled once.
class Socket {
 public:
  using Plain = boost::asio::generic::stream_protocol::socket;
  using Tls = boost::asio::ssl::stream<Plain&>;
  using executor_type = Plain::executor_type;
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  explicit Socket(Plain plain) : plain_(std::move(plain)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// `context` must outlive the socket.
  void use_tls(boost::asio::ssl::context& context) {
    tls_ = std::make_unique<Tls>(plain_, context);
  }
  bool has_tls() const { return tls_ != nullptr; }
  Tls& tls() { return *tls_; }
  Plain& plain() { return plain_; }
  executor_type get_executor() { return plain_.get_executor(); }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    read_some(all_of<boost::asio::mutable_buffer>(buffers), shared(std::forward<Handler>(handler)));
  }

  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    write_some(all_of<boost::asio::const_buffer>(buffers), shared(std::forward<Handler>(handler)));
  }

 private:
  void read_some(const std::vector<boost::asio::mutable_buffer>& buffers, Done done);
  void write_some(const std::vector<boost::asio::const_buffer>& buffers, Done done);

  template <typename Buffer, typename Buffers>
  static std::vector<Buffer> all_of(const Buffers& buffers) {
    return {boost::asio::buffer_sequence_begin(buffers), boost::asio::buffer_sequence_end(buffers)};
  }
  /// Composed operations can only be moved; a std::function is copied.
  template <typename Handler>
  static Done shared(Handler&& handler) {
    return [kept = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler))](
               boost::system::error_code error, std::size_t bytes) { (*kept)(error, bytes); };
  }

  Plain plain_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace mongotail::serve

#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "serve/metrics.h"
#include "serve/server.h"
#include "serve/socket.h"

namespace mongotail::serve {

class Session;

/// What the sessions of one server share. It belongs to the server's thread.
struct SessionContext {
  const ServerOptions& options;
  Backend& backend;
  Reporter& reporter;
  boost::asio::io_context& io;

  std::optional<Hub> hub;
  bool stopping = false;
  ServerFacts facts;
  std::unordered_set<std::shared_ptr<Session>> sessions;
  std::unordered_map<SubscriberId, std::weak_ptr<Session>> streams;
  /// What subscribers send behind their request is read into here, and not looked at.
  std::array<char, 4096> ignored{};
};

/// One connection: its requests and, at last, perhaps its stream.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `unix`: a Unix socket. `context` must outlive the session.
  Session(SessionContext& context, Socket::Plain socket, bool unix);

  /// `tls`: nullptr for none; must outlive the session.
  void start(boost::asio::ssl::context* tls);
  /// There is something to take from the hub.
  void wake();
  /// A few times a second: heartbeats and time limits.
  void tick(Clock::time_point now);
  /// Closes the connection at once.
  void close();

  const std::shared_ptr<const Backend::Request>& request() const { return request_; }

 private:
  using Request = boost::beast::http::request<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  using Buffers = std::vector<boost::asio::const_buffer>;

  void read_request(Clock::duration patience);
  void on_request(boost::system::error_code error);
  void answer(const Request& request);
  void answer_tail(const Request& request, const Target& target);
  void refuse(const Request& request, boost::beast::http::status status, const Error& error);
  void respond(Response response);
  Response response_to(const Request& request, boost::beast::http::status status,
                       std::string_view type) const;
  bool may_see(const Request& request);
  void allow_origin(const Request& request, boost::beast::http::fields& headers) const;

  void open_stream(const Request& request, Backend::Understood understood);
  void watch_reader();
  void write_text(std::string text);
  void write_pieces();
  void on_written(boost::system::error_code error, std::size_t bytes);
  void end_stream(const End& end);
  void close_softly();
  void end_sending();

  SessionContext& context_;
  Socket socket_;
  bool unix_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
  std::optional<Clock::time_point> deadline_;
  bool is_head_ = false;
  bool closed_ = false;

  // Of a stream:
  Form form_ = Form::lines;
  bool chunked_ = true;
  std::optional<SubscriberId> id_;
  std::shared_ptr<const Backend::Request> request_;
  bool writing_ = false;
  bool ended_ = false;
  Clock::time_point written_at_;
  std::string text_;   // what is being written
  Delivery delivery_;  // or this
  Buffers buffers_;
  std::size_t ignored_bytes_ = 0;
};

}  // namespace mongotail::serve

#pragma once

#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/context.h"
#include "serve/http.h"
#include "serve/socket.h"
#include "serve/subscriber_stream.h"

namespace mongotail::serve {

/// One connection: its requests and, at last, perhaps its stream. There is one write at a time.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `unix`: a Unix socket. `context` must outlive the session.
  Session(Context& context, Socket::Plain socket, bool unix);

  /// `tls`: nullptr for none; must outlive the session.
  void start(boost::asio::ssl::context* tls);
  /// There is something to take from the hub.
  void wake();
  /// A few times a second: heartbeats and time limits.
  void tick(Clock::time_point now);
  /// Closes the connection at once.
  void close();

  /// nullptr unless it is one of Context::streams.
  const SubscriberStream* stream() const { return stream_.get(); }
  /// Of one in Context::waiting: when it connected or was last answered.
  Clock::time_point waiting_since() const { return waiting_since_; }

 private:
  enum class Phase { handshake, asking, answering, streaming, ending, lingering, closed };

  void shaken_hands(boost::system::error_code error);
  void wait_for_request();
  void leave_waiting();

  void read();
  void on_read(boost::system::error_code error, std::size_t bytes);
  void on_end_of_input();
  void next_request();
  void send(const Response& response, const Request& request);
  void open_stream(const Request& request, Subscription wanted);

  void write(std::string text);
  void gather(const std::vector<std::string_view>& pieces);
  bool send_at_once(Clock::time_point now);
  void write_gathered();
  void on_written(boost::system::error_code error, std::size_t bytes);
  void linger();
  void end_sending();
  bool is_reader_gone();

  Context& context_;
  Socket socket_;
  bool unix_;
  Phase phase_ = Phase::handshake;
  std::optional<Clock::time_point> deadline_;
  std::optional<std::list<Session*>::iterator> waiting_;
  Clock::time_point waiting_since_;

  std::string in_;       // what has been read of requests,
  std::size_t had_ = 0;  // and how much of it before the read that is under way
  bool request_begun_ = false;
  bool half_closed_ = false;  // the other side sends no more,
  bool probed_ = false;       // and something has been written since
  std::size_t ignored_bytes_ = 0;

  std::string text_;  // what is being written, unless it is the stream's
  std::vector<boost::asio::const_buffer> buffers_;  // what is being written, or is next
  bool writing_ = false;
  bool keep_alive_ = true;
  Clock::time_point written_at_;
  std::unique_ptr<SubscriberStream> stream_;
};

}  // namespace mongotail::serve

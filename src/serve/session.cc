#include "serve/session.h"

#include <poll.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "serve/responder.h"

namespace mongotail::serve {
namespace {

namespace net = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds keep_alive_time{60};
// For a last line to get through to a slow reader.
constexpr std::chrono::seconds ending_time{30};
constexpr std::chrono::seconds lingering_time{2};
// How soon it is found out whether a client that sends no more still reads.
constexpr std::chrono::milliseconds probe_time{1000};
constexpr std::size_t read_size = 4096;
constexpr std::size_t most_ignored = 64u << 10;

/// Buffers that lie elsewhere, as a sequence that costs nothing to copy.
class BufferSpan {
 public:
  using value_type = net::const_buffer;
  using const_iterator = const net::const_buffer*;

  explicit BufferSpan(const std::vector<net::const_buffer>& buffers)
      : begin_(buffers.data()), end_(buffers.data() + buffers.size()) {}
  const_iterator begin() const { return begin_; }
  const_iterator end() const { return end_; }

 private:
  const_iterator begin_, end_;
};

/// Assigning an empty one would keep its memory for as long as a subscriber stays.
void free_text(std::string& text) {
  std::string().swap(text);
}

}  // namespace

Session::Session(Context& context, Socket::Plain socket, bool unix)
    : context_(context), socket_(std::move(socket)), unix_(unix) {}

void Session::start(net::ssl::context* tls) {
  wait_for_request();
  // Of a new connection's first request the time has begun.
  request_begun_ = true;
  deadline_ = waiting_since_ + context_.options.request_time;
  if (tls == nullptr) return read();
  phase_ = Phase::handshake;
  socket_.use_tls(*tls);
  socket_.tls().async_handshake(
      net::ssl::stream_base::server,
      [self = shared_from_this()](error_code error) { self->shaken_hands(error); });
}

void Session::shaken_hands(error_code error) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::asking;
  if (error) return close();
  read();
}

/// It may have to go when others connect.
void Session::wait_for_request() {
  phase_ = Phase::asking;
  request_begun_ = false;
  deadline_ = Clock::now() + keep_alive_time;
  leave_waiting();
  waiting_since_ = Clock::now();
  waiting_ = context_.waiting.insert(context_.waiting.end(), this);
}

void Session::leave_waiting() {
  if (waiting_) context_.waiting.erase(*std::exchange(waiting_, std::nullopt));
}

void Session::read() {
  auto room = net::buffer(context_.ignored);
  if (phase_ == Phase::asking) {
    had_ = in_.size();
    in_.resize(had_ + read_size);
    room = net::buffer(in_.data() + had_, read_size);
  }
  socket_.async_read_some(room, [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->on_read(error, bytes);
  });
}

void Session::on_read(error_code error, std::size_t bytes) {
  if (phase_ == Phase::closed) return;
  if (error == net::error::eof) return on_end_of_input();
  if (error) return close();
  if (phase_ == Phase::asking) {
    in_.resize(had_ + bytes);
    return next_request();
  }
  // A subscriber has nothing more to send; nor has a client that was refused.
  ignored_bytes_ += bytes;
  if (ignored_bytes_ > most_ignored) return close();
  read();
}

/// A client that sends no more may still read, or may be gone: only a write shows which.
void Session::on_end_of_input() {
  if (phase_ != Phase::streaming && phase_ != Phase::ending) return close();
  half_closed_ = true;
  written_at_ = Clock::now();
}

void Session::next_request() {
  // The time is for the whole request: bytes that trickle in don't extend it.
  if (!in_.empty() && !std::exchange(request_begun_, true)) {
    deadline_ = Clock::now() + context_.options.request_time;
  }
  auto request = take_request(in_);
  if (request && !*request) return read();
  ++context_.facts.requests;
  if (!request) return send(refusal_of(request.error(), Request{}, context_), Request{});
  Answer answer = answer_to(**request, unix_, context_);
  if (answer.stream) return open_stream(**request, *std::move(answer.stream));
  send(answer.response, **request);
}

void Session::send(const Response& response, const Request& request) {
  phase_ = Phase::answering;
  deadline_ = Clock::now() + context_.options.request_time;
  keep_alive_ = response.keep_alive;
  write(head_text(response, request) + (request.method == "HEAD" ? "" : response.body));
}

void Session::open_stream(const Request& request, Subscription wanted) {
  auto stream = SubscriberStream::open(*context_.hub, std::move(wanted), request.is_http_1_1);
  if (!stream) return send(refusal_of({400, stream.error()}, request, context_), request);
  stream_ = *std::move(stream);
  leave_waiting();
  phase_ = Phase::streaming;
  deadline_ = std::nullopt;
  free_text(in_);
  context_.streams[stream_->id()] = weak_from_this();
  context_.reporter.detail("subscriber " + std::to_string(stream_->id()) + ": " + request.target);
  write(head_text(stream_head(request, *stream_, context_.options), request) + stream_->begin());
  read();
}

void Session::wake() {
  // What the system takes at once needs no turn of its own; more than that waits for the others.
  for (bool first = true; !writing_ && phase_ == Phase::streaming; first = false) {
    const auto now = Clock::now();
    switch (stream_->take(now)) {
      case Delivery::State::text:
        gather(stream_->pieces());
        if (first && send_at_once(now)) continue;
        return write_gathered();
      case Delivery::State::later:
        net::post(context_.io, [self = shared_from_this()] { self->wake(); });
        return;
      case Delivery::State::end:
        phase_ = Phase::ending;
        deadline_ = now + ending_time;
        gather(stream_->pieces());
        return write_gathered();
      case Delivery::State::nothing:
        return;
    }
  }
}

void Session::write(std::string text) {
  text_ = std::move(text);
  gather({text_});
  write_gathered();
}

/// The pieces must stay until they are written.
void Session::gather(const std::vector<std::string_view>& pieces) {
  buffers_.clear();
  for (const std::string_view piece : pieces) buffers_.emplace_back(piece.data(), piece.size());
}

/// Whether that was all that is gathered; what is left of it stays.
bool Session::send_at_once(Clock::time_point now) {
  if (socket_.has_tls()) return false;
  error_code error;  // which the write of the rest will meet
  std::size_t sent = socket_.plain().write_some(BufferSpan(buffers_), error);
  context_.facts.bytes_sent += sent;
  auto left = buffers_.begin();
  while (left != buffers_.end() && left->size() <= sent) sent -= (left++)->size();
  if (left != buffers_.end()) *left += sent;
  buffers_.erase(buffers_.begin(), left);
  if (!buffers_.empty()) return false;
  written_at_ = now;
  stream_->release();
  return true;
}

void Session::write_gathered() {
  writing_ = true;
  net::async_write(socket_, BufferSpan(buffers_),
                   [self = shared_from_this()](error_code error, std::size_t bytes) {
                     self->on_written(error, bytes);
                   });
}

void Session::on_written(error_code error, std::size_t bytes) {
  writing_ = false;
  if (stream_) context_.facts.bytes_sent += bytes;
  if (phase_ == Phase::closed) return;
  if (error) return close();
  written_at_ = Clock::now();
  free_text(text_);
  if (stream_) stream_->release();
  if (phase_ == Phase::streaming) return wake();
  if (phase_ == Phase::ending || !keep_alive_) return linger();
  wait_for_request();
  next_request();
}

void Session::tick(Clock::time_point now) {
  if (deadline_ && now > *deadline_) return close();
  if (phase_ != Phase::streaming) return;
  if (half_closed_ && is_reader_gone()) return close();
  if (writing_) {
    // Its last line can only follow what is on its way.
    if (!deadline_ && stream_->has_ended()) deadline_ = now + ending_time;
    return;
  }
  const bool probes = half_closed_ && !probed_;
  if (now - written_at_ < (probes ? probe_time : context_.options.heartbeat)) return;
  probed_ = half_closed_;
  write(stream_->heartbeat());
}

/// Whether what was written to a client that sends no more was rejected.
bool Session::is_reader_gone() {
  pollfd fd{socket_.plain().native_handle(), 0, 0};
  return ::poll(&fd, 1, 0) > 0 && (fd.revents & (POLLERR | POLLHUP)) != 0;
}

/// Lets what was written arrive: a close with something unread would take it back.
void Session::linger() {
  if (phase_ == Phase::answering) {
    phase_ = Phase::lingering;
    read();
  }
  phase_ = Phase::lingering;
  deadline_ = Clock::now() + lingering_time;
  if (!socket_.has_tls()) return end_sending();
  // Only then does a TLS client know that it has all.
  socket_.tls().async_shutdown([self = shared_from_this()](error_code) { self->end_sending(); });
}

void Session::end_sending() {
  if (phase_ == Phase::closed) return;
  if (half_closed_) return close();
  error_code ignored;
  socket_.plain().shutdown(Socket::Plain::shutdown_send, ignored);
}

void Session::close() {
  if (std::exchange(phase_, Phase::closed) == Phase::closed) return;
  const auto self = shared_from_this();
  leave_waiting();
  if (stream_) {
    context_.streams.erase(stream_->id());
    context_.reporter.detail("subscriber " + std::to_string(stream_->id()) + " has gone");
    stream_->leave();
  }
  error_code ignored;
  socket_.plain().close(ignored);
  context_.sessions.erase(self);
}

}  // namespace mongotail::serve

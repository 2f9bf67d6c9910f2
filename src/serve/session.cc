#include "serve/session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

namespace mongotail::serve {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t header_limit = 8u << 10;
constexpr std::chrono::seconds keep_alive_time{60};
// For a last line to get through to somebody who reads slowly.
constexpr std::chrono::seconds ending_time{30};
constexpr std::chrono::seconds closing_time{2};
constexpr std::size_t most_ignored = 64u << 10;

std::string_view to_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

boost::beast::string_view to_boost(std::string_view text) {
  return {text.data(), text.size()};
}

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

const Error server_away{Cause::unreachable, "the MongoDB server is away",
                        "try again in a few seconds"};

}  // namespace

Session::Session(SessionContext& context, Socket::Plain socket, bool unix)
    : context_(context), socket_(std::move(socket)), unix_(unix) {}

void Session::start(net::ssl::context* tls) {
  if (tls == nullptr) return read_request(context_.options.request_time);
  socket_.use_tls(*tls);
  deadline_ = Clock::now() + context_.options.request_time;
  socket_.tls().async_handshake(net::ssl::stream_base::server,
                                [self = shared_from_this()](error_code error) {
                                  if (error) return self->close();
                                  self->read_request(self->context_.options.request_time);
                                });
}

void Session::read_request(Clock::duration patience) {
  deadline_ = Clock::now() + patience;
  parser_.emplace();
  parser_->header_limit(header_limit);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_request(error); });
}

void Session::on_request(error_code error) {
  deadline_ = std::nullopt;
  if (closed_) return;
  const bool is_gone =
      error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != http::make_error_code(http::error::bad_method).category();
  if (error && is_gone) return close();
  ++context_.facts.requests;
  is_head_ = false;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse({}, http::status::request_header_fields_too_large,
                  {Cause::usage, "the request is larger than 8 KiB", "name less in one request"});
  }
  if (error) {
    return refuse({}, http::status::bad_request,
                  {Cause::usage, "that is no HTTP request: " + error.message(), ""});
  }
  const Request request = parser_->release();
  const bool has_body = request.find(http::field::content_length) != request.end() &&
                        request[http::field::content_length] != "0";
  if (has_body || request.chunked()) {
    return refuse({}, http::status::bad_request, {Cause::usage, "a request has no body here", ""});
  }
  parser_ = std::nullopt;
  is_head_ = request.method() == http::verb::head;
  answer(request);
}

/// Whether it may go on; else it has been refused.
bool Session::may_see(const Request& request) {
  const std::string_view host = to_view(request[http::field::host]);
  if (!unix_ && !is_allowed_host(host, context_.options.allow_hosts)) {
    refuse(request, http::status::misdirected_request,
           {Cause::usage, "this server does not answer to the name '" + std::string(host) + "'",
            "start it with --allow-host, if that name is its own"});
    return false;
  }
  const std::string_view origin = to_view(request[http::field::origin]);
  const auto& allowed = context_.options.allow_origins;
  if (!origin.empty() && !is_same_origin(origin, host) &&
      std::find(allowed.begin(), allowed.end(), origin) == allowed.end()) {
    refuse(request, http::status::forbidden,
           {Cause::unauthorized, "pages of " + std::string(origin) + " may not read here",
            "start the server with --allow-origin, if they should"});
    return false;
  }
  const bool open_to_all =
      request.method() == http::verb::options || request.target() == "/healthz";
  if (!open_to_all && !context_.options.token.empty() &&
      !has_token(to_view(request[http::field::authorization]), context_.options.token)) {
    refuse(request, http::status::unauthorized,
           {Cause::unauthorized, "the token is missing or wrong",
            "send the header Authorization: Bearer TOKEN"});
    return false;
  }
  return true;
}

void Session::answer(const Request& request) {
  if (!may_see(request)) return;
  auto target = parse_target(to_view(request.target()));
  if (!target) return refuse(request, http::status::bad_request, target.error());
  const bool known =
      target->path == "/tail" || target->path == "/healthz" || target->path == "/metrics";
  if (!known) {
    return refuse(request, http::status::not_found,
                  {Cause::usage, "there is no " + target->path + " here",
                   "there are /tail, /healthz and /metrics"});
  }
  if (request.method() == http::verb::options) {
    Response response = response_to(request, http::status::no_content, "");
    response.set(http::field::allow, "GET, HEAD, OPTIONS");
    response.set(http::field::access_control_allow_methods, "GET");
    response.set(http::field::access_control_allow_headers, "Authorization, Last-Event-ID");
    response.set(http::field::access_control_max_age, "600");
    return respond(std::move(response));
  }
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return refuse(request, http::status::method_not_allowed,
                  {Cause::usage, "only GET works here", ""});
  }
  if (target->path == "/tail") return answer_tail(request, *target);
  if (target->path == "/metrics") {
    Response response = response_to(request, http::status::ok, "text/plain; version=0.0.4");
    const auto catch_ups = context_.hub ? context_.backend.catch_ups() : Backend::CatchUps();
    context_.facts.catch_ups_running = catch_ups.running;
    context_.facts.catch_ups_waiting = catch_ups.waiting;
    context_.facts.connections = context_.sessions.size();
    response.body() = metrics_text(context_.facts, context_.hub ? &*context_.hub : nullptr);
    return respond(std::move(response));
  }
  if (!context_.facts.up) return refuse(request, http::status::service_unavailable, server_away);
  Response response = response_to(request, http::status::ok, "text/plain");
  response.body() = "ok\n";
  respond(std::move(response));
}

void Session::answer_tail(const Request& request, const Target& target) {
  if (!context_.hub || !context_.facts.up || context_.stopping) {
    return refuse(request, http::status::service_unavailable, server_away);
  }
  Hub& hub = *context_.hub;
  const Form form = form_for(to_view(request[http::field::accept]));
  auto understood = context_.backend.understand(
      target.parameters, to_view(request["Last-Event-ID"]), form, hub.ring().top());
  if (!understood) return refuse(request, http::status::bad_request, understood.error());
  understood->subscription.form = form;
  if (is_head_) {
    Response response = response_to(request, http::status::ok, content_type(form));
    response.chunked(true);
    return respond(std::move(response));
  }
  if (hub.subscribers() >= context_.options.max_subscribers) {
    return refuse(request, http::status::service_unavailable,
                  {Cause::server, "there are as many subscribers as there may be",
                   "try again later, or start the server with a larger --max-subscribers"});
  }
  open_stream(request, *std::move(understood));
}

void Session::refuse(const Request& request, http::status status, const Error& error) {
  ++context_.facts.refused;
  Response response = response_to(request, status, "application/json");
  if (status == http::status::service_unavailable) response.set(http::field::retry_after, "2");
  if (status == http::status::unauthorized) response.set(http::field::www_authenticate, "Bearer");
  if (status == http::status::method_not_allowed) response.set(http::field::allow, "GET, HEAD");
  response.body() = error_body(error);
  // What could not be read whole leaves nothing to go on with.
  if (request.target().empty()) response.keep_alive(false);
  respond(std::move(response));
}

Session::Response Session::response_to(const Request& request, http::status status,
                                       std::string_view type) const {
  Response response(status, request.version());
  response.keep_alive(request.keep_alive());
  response.set(http::field::server, "mongotail");
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  if (!type.empty()) response.set(http::field::content_type, to_boost(type));
  allow_origin(request, response);
  return response;
}

void Session::allow_origin(const Request& request, http::fields& headers) const {
  const auto& allowed = context_.options.allow_origins;
  if (allowed.empty()) return;
  headers.set(http::field::vary, "Origin");
  const std::string_view origin = to_view(request[http::field::origin]);
  if (std::find(allowed.begin(), allowed.end(), origin) == allowed.end()) return;
  headers.set(http::field::access_control_allow_origin, to_boost(origin));
  headers.set(http::field::access_control_expose_headers, "Mongotail-Cursor");
}

void Session::respond(Response response) {
  struct Written {
    explicit Written(Response the_message) : message(std::move(the_message)) {}
    Response message;
    http::response_serializer<http::string_body> serializer{message};
  };
  if (!response.chunked()) response.prepare_payload();
  const auto written = std::make_shared<Written>(std::move(response));
  deadline_ = Clock::now() + context_.options.request_time;
  const auto done = [self = shared_from_this(), written](error_code error, std::size_t) {
    if (error || self->closed_) return self->close();
    if (written->message.keep_alive()) return self->read_request(keep_alive_time);
    self->close_softly();
    self->watch_reader();
  };
  if (is_head_) return http::async_write_header(socket_, written->serializer, done);
  http::async_write(socket_, written->serializer, done);
}

void Session::open_stream(const Request& request, Backend::Understood understood) {
  Hub& hub = *context_.hub;
  form_ = understood.subscription.form;
  request_ = std::move(understood.request);
  const auto id = hub.subscribe(std::move(understood.subscription));
  if (!id) return refuse(request, http::status::bad_request, id.error());
  id_ = *id;
  context_.streams[*id_] = weak_from_this();
  context_.reporter.detail("subscriber " + std::to_string(*id_) + ": " +
                           std::string(to_view(request.target())));
  const auto header =
      std::make_shared<http::response<http::empty_body>>(http::status::ok, request.version());
  const std::string cursor = hub.cursor(*id_);
  chunked_ = request.version() >= 11;
  header->keep_alive(false);
  header->set(http::field::server, "mongotail");
  header->set(http::field::content_type, to_boost(content_type(form_)));
  header->set(http::field::cache_control, "no-store");
  header->set("X-Content-Type-Options", "nosniff");
  // Proxies that hold answers back would hold back what is to be seen at once.
  header->set("X-Accel-Buffering", "no");
  if (!cursor.empty()) header->set("Mongotail-Cursor", cursor);
  allow_origin(request, *header);
  header->chunked(chunked_);
  const auto serializer = std::make_shared<http::response_serializer<http::empty_body>>(*header);
  writing_ = true;
  buffer_ = {};
  text_ = begin_text(form_, cursor);
  http::async_write_header(
      socket_, *serializer,
      [self = shared_from_this(), header, serializer](error_code error, std::size_t bytes) {
        self->on_written(error, bytes);
      });
  watch_reader();
}

/// A subscriber has nothing more to say; when it goes, the read ends.
void Session::watch_reader() {
  socket_.async_read_some(net::buffer(context_.ignored),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            if (self->closed_) return;
                            self->ignored_bytes_ += bytes;
                            if (error || self->ignored_bytes_ > most_ignored) return self->close();
                            self->watch_reader();
                          });
}

void Session::wake() {
  if (writing_ || ended_ || closed_ || !id_) return;
  if (!text_.empty()) return write_text(std::move(text_));
  delivery_ = context_.hub->take(*id_, Clock::now());
  switch (delivery_.state) {
    case Delivery::State::text:
      return write_pieces();
    case Delivery::State::later:
      net::post(context_.io, [self = shared_from_this()] { self->wake(); });
      return;
    case Delivery::State::end:
      return end_stream(delivery_.end);
    case Delivery::State::nothing:
      break;
  }
}

void Session::write_text(std::string text) {
  text_ = std::move(text);
  delivery_ = {};
  delivery_.pieces.push_back(text_);
  write_pieces();
}

void Session::write_pieces() {
  buffers_.clear();
  for (const std::string_view piece : delivery_.pieces) {
    buffers_.emplace_back(piece.data(), piece.size());
  }
  writing_ = true;
  const auto done = [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->on_written(error, bytes);
  };
  if (chunked_) {
    net::async_write(socket_, http::make_chunk(BufferSpan(buffers_)), done);
  } else {
    net::async_write(socket_, BufferSpan(buffers_), done);
  }
}

void Session::on_written(error_code error, std::size_t bytes) {
  writing_ = false;
  context_.facts.bytes_sent += bytes;
  if (closed_) return;
  if (error) return close();
  written_at_ = Clock::now();
  // The begin of the stream is still to be written after the header.
  if (!delivery_.pieces.empty()) text_.clear();
  delivery_ = {};
  if (ended_) return close_softly();
  wake();
}

void Session::end_stream(const End& end) {
  const std::string text = end_text(form_, end);
  ended_ = true;
  deadline_ = Clock::now() + ending_time;
  delivery_ = {};
  text_.clear();
  if (!text.empty() && chunked_) {
    text_ = text;
    buffers_ = {net::const_buffer(text_.data(), text_.size())};
    writing_ = true;
    net::async_write(socket_, http::make_chunk(BufferSpan(buffers_)),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (error || self->closed_) return self->close();
                       net::async_write(self->socket_, http::make_chunk_last(),
                                        [self](error_code last_error, std::size_t bytes) {
                                          self->on_written(last_error, bytes);
                                        });
                     });
  } else if (chunked_) {
    net::async_write(socket_, http::make_chunk_last(),
                     [self = shared_from_this()](error_code error, std::size_t bytes) {
                       self->on_written(error, bytes);
                     });
  } else if (!text.empty()) {
    write_text(text);
  } else {
    close_softly();
  }
}

void Session::tick(Clock::time_point now) {
  if (closed_) return;
  if (deadline_ && now > *deadline_) return close();
  if (!id_ || ended_) return;
  if (writing_) {
    // Its last line can only follow what is on its way.
    if (!deadline_ && context_.hub->has_ended(*id_)) deadline_ = now + ending_time;
    return;
  }
  if (now - written_at_ >= context_.options.heartbeat) {
    write_text(heartbeat_text(form_, context_.hub->cursor(*id_)));
  }
}

/// Lets what was written arrive: a close with something unread would take it back.
void Session::close_softly() {
  deadline_ = Clock::now() + closing_time;
  if (!socket_.has_tls()) return end_sending();
  // Only then does a TLS client know that it has all.
  socket_.tls().async_shutdown([self = shared_from_this()](error_code) { self->end_sending(); });
}

void Session::end_sending() {
  error_code ignored;
  socket_.plain().shutdown(Socket::Plain::shutdown_send, ignored);
}

void Session::close() {
  if (std::exchange(closed_, true)) return;
  const auto self = shared_from_this();
  if (id_) {
    context_.hub->unsubscribe(*id_);
    context_.streams.erase(*id_);
    context_.reporter.detail("subscriber " + std::to_string(*id_) + " has gone");
  }
  error_code ignored;
  socket_.plain().close(ignored);
  context_.sessions.erase(self);
}

}  // namespace mongotail::serve

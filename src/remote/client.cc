#include "remote/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "bson/extended_json.h"
#include "serve/request.h"
#include "serve/socket.h"

namespace mongotail::remote {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience_to_connect{10};
// Two heartbeats, and some more.
constexpr std::chrono::seconds patience_with_silence{40};
// How soon a stop is noticed.
constexpr std::chrono::milliseconds slice{50};
constexpr std::size_t read_size = 64u << 10;
constexpr std::size_t largest_refusal = 16u << 10;

Result<std::unique_ptr<net::ssl::context>> tls_context(const ClientOptions& options) {
  auto context = std::make_unique<net::ssl::context>(net::ssl::context::tls_client);
  error_code error;
  context->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                           net::ssl::context::no_tlsv1_1,
                       error);
  if (options.tls_ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(options.tls_ca_file, error);
  }
  if (error) {
    return fail(Cause::input, "--tlsCAFile " + options.tls_ca_file + ": " + error.message(),
                "name a file of certificates in PEM");
  }
  const bool any = options.tls_allow_invalid_certificates;
  context->set_verify_mode(any ? net::ssl::verify_none : net::ssl::verify_peer, error);
  if (!any && !options.tls_allow_invalid_hostnames) {
    context->set_verify_callback(net::ssl::host_name_verification(options.address.host), error);
  }
  return context;
}

std::string host_header(const Address& address) {
  if (address.is_unix()) return "localhost";
  const std::string text = to_string(address);
  return text.substr(text.find("//") + 2);
}

}  // namespace

class Client::State {
 public:
  explicit State(ClientOptions the_options) : options_(std::move(the_options)) {}

  Status prepare();
  Status open(const std::string& target, const std::string& cursor, const std::stop_token& stop);
  Result<std::optional<std::string_view>> read(const std::stop_token& stop);

 private:
  using Parser = http::response_parser<http::buffer_body>;

  Status connect(const std::stop_token& stop);
  Status shake_hands(const std::stop_token& stop);
  Status ask(const std::string& target, const std::string& cursor, const std::stop_token& stop);
  Status refused(const std::stop_token& stop);
  Result<std::size_t> read_some(const std::stop_token& stop);
  /// Runs what has been begun until it has ended; its own failure is in `error`.
  Status wait(const bool& done, Clock::duration patience, const std::stop_token& stop);
  tl::unexpected<Error> lost(const std::string& why) const {
    return fail(Cause::connection, to_string(options_.address) + ": " + why,
                "check that mongotail serve is running there");
  }

  ClientOptions options_;
  std::unique_ptr<net::ssl::context> tls_;
  net::io_context io_{1};
  std::unique_ptr<serve::Socket> socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::vector<char> text_ = std::vector<char>(read_size);
};

Status Client::State::prepare() {
  if (!options_.address.tls) return {};
  auto made = tls_context(options_);
  if (!made) return fail(std::move(made.error()));
  tls_ = *std::move(made);
  return {};
}

Status Client::State::wait(const bool& done, Clock::duration patience,
                           const std::stop_token& stop) {
  const auto until = Clock::now() + patience;
  const char* why = nullptr;
  io_.restart();
  while (!done && why == nullptr) {
    io_.run_one_for(slice);
    if (done) break;
    if (stop.stop_requested()) why = "the run ends";
    if (Clock::now() >= until) why = "no answer came in time";
  }
  if (why == nullptr) return {};
  // What has been begun refers to this object: it has to end first.
  error_code ignored;
  if (socket_) socket_->plain().close(ignored);
  io_.restart();
  while (!done) io_.run_one();
  return lost(why);
}

Status Client::State::connect(const std::stop_token& stop) {
  const Address& address = options_.address;
  std::vector<serve::Socket::Plain::protocol_type::endpoint> endpoints;
  if (address.is_unix()) {
    endpoints.emplace_back(net::local::stream_protocol::endpoint(address.path));
  } else {
    error_code error;
    net::ip::tcp::resolver resolver(io_);
    for (const auto& found : resolver.resolve(address.host, std::to_string(address.port), error)) {
      endpoints.emplace_back(found.endpoint());
    }
    if (error) return lost(error.message());
  }
  error_code error = net::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    bool done = false;
    socket_ = std::make_unique<serve::Socket>(serve::Socket::Plain(io_));
    socket_->plain().async_connect(endpoint, [&](error_code result) {
      error = result;
      done = true;
    });
    if (auto status = wait(done, patience_to_connect, stop); !status) return status;
    if (!error) return {};
  }
  return fail(Cause::unreachable, "can't connect to " + to_string(address) + ": " + error.message(),
              "start mongotail serve there, or name its address with --connect");
}

Status Client::State::shake_hands(const std::stop_token& stop) {
  socket_->use_tls(*tls_);
  std::string host = options_.address.host;
  if (!is_ip_address(host)) {
    SSL_ctrl(socket_->tls().native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
             TLSEXT_NAMETYPE_host_name, host.data());
  }
  bool done = false;
  error_code error;
  socket_->tls().async_handshake(net::ssl::stream_base::client, [&](error_code result) {
    error = result;
    done = true;
  });
  if (auto status = wait(done, patience_to_connect, stop); !status) return status;
  if (!error) return {};
  if (error.category() != net::error::get_ssl_category()) return lost(error.message());
  return fail(Cause::authentication, to_string(options_.address) + ": " + error.message(),
              "name the certificates to trust with --tlsCAFile; http:// is without TLS");
}

Status Client::State::ask(const std::string& target, const std::string& cursor,
                          const std::stop_token& stop) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, host_header(options_.address));
  request.set(http::field::user_agent, "mongotail");
  request.set(http::field::accept, std::string(serve::frames_type));
  if (!options_.token.empty()) {
    request.set(http::field::authorization, "Bearer " + options_.token);
  }
  if (!cursor.empty()) request.set("Last-Event-ID", cursor);
  bool done = false;
  error_code error;
  const auto ended = [&](error_code result, std::size_t) {
    error = result;
    done = true;
  };
  http::async_write(*socket_, request, ended);
  if (auto status = wait(done, patience_to_connect, stop); !status) return status;
  if (error) return lost(error.message());
  buffer_.clear();
  parser_.emplace();
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  done = false;
  http::async_read_header(*socket_, buffer_, *parser_, ended);
  if (auto status = wait(done, patience_with_silence, stop); !status) return status;
  if (error) return lost(error.message());
  return {};
}

/// Why, as the other side's JSON says.
Status Client::State::refused(const std::stop_token& stop) {
  const auto status = parser_->get().result_int();
  std::string body;
  while (body.size() < largest_refusal) {
    const auto more = read_some(stop);
    if (!more || *more == 0) break;
    body.append(text_.data(), *more);
  }
  Error error{Cause::server,
              to_string(options_.address) + " answers with status " + std::to_string(status),
              "see that a mongotail serve listens there"};
  if (const auto document = bson::parse_document(body)) {
    const auto said = document->view().find("error");
    const auto hint = document->view().find("hint");
    if (said && said->as_text()) error.what += ": " + std::string(*said->as_text());
    if (hint && hint->as_text()) error.hint = *hint->as_text();
  }
  if (status == 401) {
    error.cause = Cause::authentication;
    error.hint = "name the file that holds the token with --token-file";
  } else if (status == 403 || status == 421) {
    error.cause = Cause::unauthorized;
  } else if (status == 503) {
    error.cause = Cause::connection;
  }
  return fail(std::move(error));
}

Status Client::State::open(const std::string& target, const std::string& cursor,
                           const std::stop_token& stop) {
  if (auto status = connect(stop); !status) return status;
  if (tls_) {
    if (auto status = shake_hands(stop); !status) return status;
  }
  if (auto status = ask(target, cursor, stop); !status) return status;
  if (parser_->get().result() != http::status::ok) return refused(stop);
  if (parser_->get()[http::field::content_type] != std::string(serve::frames_type)) {
    return fail(Cause::server, to_string(options_.address) + " is not a mongotail serve",
                "check what is listening there");
  }
  return {};
}

Result<std::size_t> Client::State::read_some(const std::stop_token& stop) {
  while (!parser_->is_done()) {
    auto& body = parser_->get().body();
    body.data = text_.data();
    body.size = text_.size();
    bool done = false;
    error_code error;
    http::async_read_some(*socket_, buffer_, *parser_, [&](error_code result, std::size_t) {
      error = result;
      done = true;
    });
    if (auto status = wait(done, patience_with_silence, stop); !status) {
      return fail(std::move(status.error()));
    }
    if (error && error != http::error::need_buffer) return lost(error.message());
    if (const std::size_t got = text_.size() - body.size; got > 0) return got;
  }
  return std::size_t{0};
}

Result<std::optional<std::string_view>> Client::State::read(const std::stop_token& stop) {
  const auto got = read_some(stop);
  if (!got) return fail(got.error());
  if (*got == 0) return std::nullopt;
  return std::string_view(text_.data(), *got);
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(ClientOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  if (auto status = state->prepare(); !status) return fail(std::move(status.error()));
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

Status Client::open(const std::string& target, const std::string& cursor,
                    const std::stop_token& stop) {
  return state_->open(target, cursor, stop);
}

Result<std::optional<std::string_view>> Client::read(const std::stop_token& stop) {
  return state_->read(stop);
}

}  // namespace mongotail::remote

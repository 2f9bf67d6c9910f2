#include "serve/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

#include "base/text.h"

namespace mongotail::serve {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::empty_body>;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
// The first byte of TLS's first message.
constexpr char tls_handshake = 0x16;

std::string_view to_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool is_same_word(std::string_view a, std::string_view b) {
  return lower(a) == lower(b);
}

tl::unexpected<Refusal> refuse(std::string what, std::string hint = "", unsigned status = 400) {
  return tl::unexpected(Refusal{status, {Cause::usage, std::move(what), std::move(hint)}});
}

/// What is wrong with the lines of `head`, of which more may follow; nullptr if nothing is.
const char* line_mistake(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') return "a NUL in the request";
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r')) return "a line that ends without CR";
    if (head[i] == '\r' && i + 1 < head.size() && head[i + 1] != '\n') return "a CR without LF";
    if ((head[i] == ' ' || head[i] == '\t') && i > 0 && head[i - 1] == '\n') {
      return "a header continued on a second line";
    }
  }
  return nullptr;
}

std::optional<Refusal> mistake_so_far(std::string_view head) {
  if (head.starts_with(tls_handshake)) {
    return refuse("this port does not speak TLS", "use http:// instead of https://").value();
  }
  if (const char* const mistake = line_mistake(head)) {
    return refuse(fmt::format("not a valid HTTP request: {}", mistake)).value();
  }
  return std::nullopt;
}

bool has_body(const Parser::value_type& message) {
  if (message.count(http::field::transfer_encoding) > 0) return true;
  if (message.count(http::field::content_length) > 1) return true;
  const auto length = message.find(http::field::content_length);
  return length != message.end() && to_view(length->value()) != "0";
}

/// Whether that is `host` or `host:port`, with an IPv6 address in brackets, and nothing else.
bool is_authority(std::string_view text) {
  const bool in_brackets = text.starts_with('[');
  const auto end = in_brackets ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  const std::string_view name = text.substr(in_brackets ? 1 : 0, end - (in_brackets ? 1 : 0));
  std::string_view rest = text.substr(in_brackets ? end + 1 : end);
  if (!rest.empty() && !rest.starts_with(':')) return false;
  if (!rest.empty()) rest.remove_prefix(1);
  return (rest.empty() || all_digits(rest)) && std::ranges::all_of(name, [&](char c) {
           return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '.' ||
                  c == '_' || (in_brackets && c == ':');
         });
}

struct TargetParts {
  std::string_view authority, path;
};

/// A path as it is, or what a URL consists of; nullopt if it is neither.
std::optional<TargetParts> parts_of(std::string_view target) {
  if (target.starts_with('/')) return TargetParts{{}, target};
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string_view name = target.substr(0, scheme);
  if (!is_same_word(name, "http") && !is_same_word(name, "https")) return std::nullopt;
  target.remove_prefix(scheme + 3);
  const auto end = std::min(target.find_first_of("/?"), target.size());
  if (end == 0) return std::nullopt;
  return TargetParts{target.substr(0, end), target.substr(end)};
}

tl::expected<Request, Refusal> checked(const Parser::value_type& message) {
  if (has_body(message)) {
    return refuse("requests with a body are not supported",
                  "send a GET request without Content-Length and Transfer-Encoding");
  }
  const auto hosts = message.count(http::field::host);
  if (hosts > 1) return refuse("the request has several Host headers");
  Request request;
  request.method = to_view(message.method_string());
  request.is_http_1_1 = message.version() >= 11;
  request.keep_alive = message.keep_alive();
  if (hosts == 0 && request.is_http_1_1) return refuse("the request has no Host header");
  request.host = to_view(message[http::field::host]);
  const std::string_view target = to_view(message.target());
  const bool is_all = target == "*" && request.method == "OPTIONS";
  const auto parts = is_all ? std::optional(TargetParts{{}, target}) : parts_of(target);
  if (!parts || target.find('#') != std::string_view::npos) {
    return refuse("the request target is not valid", "ask for a path, such as /tail; # is %23");
  }
  if (!is_authority(request.host) || !is_authority(parts->authority)) {
    return refuse("the request's host name is not valid");
  }
  if (!parts->authority.empty()) request.host = parts->authority;
  request.target = parts->path.starts_with('/') || is_all ? "" : "/";
  request.target += parts->path;
  for (const auto& field : message) {
    request.fields.push_back(
        {std::string(to_view(field.name_string())), std::string(to_view(field.value()))});
  }
  return request;
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const Field& field) { return is_same_word(field.name, name); });
  return found == fields.end() ? std::string_view() : found->value;
}

tl::expected<std::optional<Request>, Refusal> take_request(std::string& bytes) {
  while (bytes.starts_with(line_end)) bytes.erase(0, line_end.size());
  const auto end = bytes.find(head_end);
  const bool is_whole = end != std::string::npos;
  const std::string head = bytes.substr(0, is_whole ? end + head_end.size() : bytes.size());
  if (head.size() > largest_head) {
    return refuse("the request is larger than 8 KiB", "shorten the request", 431);
  }
  if (auto mistake = mistake_so_far(head)) return tl::unexpected(*std::move(mistake));
  if (!is_whole) return std::nullopt;
  bytes.erase(0, head.size());
  Parser parser;
  parser.skip(true);
  parser.header_limit(largest_head);
  error_code error;
  parser.put(boost::asio::buffer(head), error);
  if (error == http::error::bad_version) {
    return refuse("this HTTP version is not supported", "use HTTP/1.1", 505);
  }
  if (error || !parser.is_header_done()) {
    return refuse(fmt::format("not a valid HTTP request: {}", error.message()));
  }
  auto request = checked(parser.get());
  if (!request) return tl::unexpected(std::move(request.error()));
  return *std::move(request);
}

std::string head_text(const Response& response, const Request& request) {
  const std::string_view reason =
      to_view(http::obsolete_reason(static_cast<http::status>(response.status)));
  std::string text =
      fmt::format("HTTP/1.{} {} {}\r\n", request.is_http_1_1 ? 1 : 0, response.status, reason);
  for (const Field& field : response.fields) {
    text += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  if (!response.keep_alive && request.is_http_1_1) text += "Connection: close\r\n";
  if (response.keep_alive && !request.is_http_1_1) text += "Connection: keep-alive\r\n";
  if (response.framing == Framing::chunks) text += "Transfer-Encoding: chunked\r\n";
  if (response.framing == Framing::length && response.status != 204) {
    text += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  return text += line_end;
}

std::string chunk_begin(std::size_t size) {
  return fmt::format("{:x}\r\n", size);
}

}  // namespace mongotail::serve

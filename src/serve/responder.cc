#include "serve/responder.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace mongotail::serve {
namespace {

const char* const allowed_methods = "GET, HEAD, OPTIONS";

const Refusal server_away{
    503, {Cause::unreachable, "MongoDB is unreachable", "try again in a few seconds"}};

bool is_allowed_origin(std::string_view origin, const ServerOptions& options) {
  return std::ranges::find(options.allow_origins, origin) != options.allow_origins.end();
}

/// Takes as long for every token of the same length.
bool is_token(const std::optional<std::string_view>& given, const std::string& token) {
  return given && given->size() == token.size() &&
         ::CRYPTO_memcmp(given->data(), token.data(), token.size()) == 0;
}

Response response_to(const Request& request, unsigned status, std::string_view type,
                     const ServerOptions& options) {
  Response response{status};
  response.keep_alive = request.keep_alive;
  response.fields = {{"Server", "mongotail"},
                     {"Cache-Control", "no-store"},
                     {"X-Content-Type-Options", "nosniff"}};
  if (!type.empty()) response.fields.push_back({"Content-Type", std::string(type)});
  if (options.allow_origins.empty()) return response;
  response.fields.push_back({"Vary", "Origin"});
  const std::string_view origin = request.field("Origin");
  if (is_allowed_origin(origin, options)) {
    response.fields.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    response.fields.push_back({"Access-Control-Expose-Headers", "Mongotail-Cursor"});
  }
  return response;
}

/// Why it may not see anything here.
std::optional<Refusal> forbidden(const Request& request, bool on_unix_socket,
                                 const ServerOptions& options) {
  if (!on_unix_socket && !is_allowed_host(request.host, options.allow_hosts)) {
    return Refusal{421,
                   {Cause::usage, "this server does not answer to the name '" + request.host + "'",
                    "if the name is its own, start it with --allow-host"}};
  }
  const std::string_view origin = request.field("Origin");
  if (!origin.empty() && !is_same_origin(origin, request.host) &&
      !is_allowed_origin(origin, options)) {
    return Refusal{403,
                   {Cause::unauthorized, "origin " + std::string(origin) + " is not allowed",
                    "to allow it, start the server with --allow-origin"}};
  }
  const bool open_to_all = request.method == "OPTIONS" || request.target == "/healthz";
  if (!open_to_all && !options.token.empty() &&
      !is_token(bearer_token(request.field("Authorization")), options.token)) {
    return Refusal{401,
                   {Cause::unauthorized, "the token is missing or wrong",
                    "send the header Authorization: Bearer TOKEN"}};
  }
  return std::nullopt;
}

Answer answer_tail(const Request& request, const Target& target, Context& context) {
  if (!context.hub || !context.facts.up || context.stopping) {
    return {refusal_of(server_away, request, context)};
  }
  const Form form = form_for(request.field("Accept"));
  auto wanted = context.understand(target.parameters, request.field("Last-Event-ID"), form,
                                   context.hub->ring().top());
  if (!wanted) return {refusal_of({400, wanted.error()}, request, context)};
  wanted->form = form;
  if (request.method == "HEAD") {
    Response response = response_to(request, 200, content_type(form), context.options);
    response.framing = request.is_http_1_1 ? Framing::chunks : Framing::until_close;
    return {std::move(response)};
  }
  if (context.hub->subscribers() >= context.options.max_subscribers) {
    return {refusal_of({503,
                        {Cause::server, "the server has its maximum number of subscribers",
                         "try again later, or start the server with a larger --max-subscribers"}},
                       request, context)};
  }
  return {{}, *std::move(wanted)};
}

Response preflight(const Request& request, const ServerOptions& options) {
  Response response = response_to(request, 204, "", options);
  response.fields.push_back({"Allow", allowed_methods});
  response.fields.push_back({"Access-Control-Allow-Methods", "GET"});
  response.fields.push_back({"Access-Control-Allow-Headers", "Authorization, Last-Event-ID"});
  response.fields.push_back({"Access-Control-Max-Age", "600"});
  return response;
}

Response metrics(const Request& request, Context& context) {
  Response response = response_to(request, 200, "text/plain; version=0.0.4", context.options);
  const auto catch_ups = context.hub ? context.hub->past().counts() : Past::Counts();
  context.facts.catch_ups_running = catch_ups.running;
  context.facts.catch_ups_waiting = catch_ups.waiting;
  context.facts.connections = context.sessions.size();
  response.body = metrics_text(context.facts, context.hub ? &*context.hub : nullptr);
  return response;
}

}  // namespace

Response refusal_of(const Refusal& refusal, const Request& request, Context& context) {
  ++context.facts.refused;
  const unsigned status = refusal.status;
  Response response = response_to(request, status, "application/json", context.options);
  if (status == 503) response.fields.push_back({"Retry-After", "2"});
  if (status == 401) response.fields.push_back({"WWW-Authenticate", "Bearer"});
  if (status == 405) response.fields.push_back({"Allow", allowed_methods});
  response.body = error_body(refusal.error);
  return response;
}

Answer answer_to(const Request& request, bool on_unix_socket, Context& context) {
  if (const auto refusal = forbidden(request, on_unix_socket, context.options)) {
    return {refusal_of(*refusal, request, context)};
  }
  const bool is_options = request.method == "OPTIONS";
  if (is_options && request.target == "*") return {preflight(request, context.options)};
  const auto target = parse_target(request.target);
  if (!target) return {refusal_of({400, target.error()}, request, context)};
  if (target->path != "/tail" && target->path != "/healthz" && target->path != "/metrics") {
    return {refusal_of(
        {404,
         {Cause::usage, "not found: " + target->path, "available: /tail, /healthz and /metrics"}},
        request, context)};
  }
  if (is_options) return {preflight(request, context.options)};
  if (request.method != "GET" && request.method != "HEAD") {
    return {refusal_of(
        {405, {Cause::usage, "method " + request.method + " is not supported", "use GET"}}, request,
        context)};
  }
  if (target->path == "/tail") return answer_tail(request, *target, context);
  if (target->path == "/metrics") return {metrics(request, context)};
  if (!context.facts.up) return {refusal_of(server_away, request, context)};
  Response response = response_to(request, 200, "text/plain", context.options);
  response.body = "ok\n";
  return {std::move(response)};
}

Response stream_head(const Request& request, const SubscriberStream& stream,
                     const ServerOptions& options) {
  Response response = response_to(request, 200, content_type(stream.form()), options);
  response.keep_alive = false;
  response.framing = stream.in_chunks() ? Framing::chunks : Framing::until_close;
  // Proxies that collect a whole answer first would hold back what should be seen at once.
  response.fields.push_back({"X-Accel-Buffering", "no"});
  if (std::string cursor = stream.cursor(); !cursor.empty()) {
    response.fields.push_back({"Mongotail-Cursor", std::move(cursor)});
  }
  return response;
}

}  // namespace mongotail::serve

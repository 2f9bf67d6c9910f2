#pragma once

#include <optional>

#include "serve/context.h"
#include "serve/http.h"
#include "serve/subscriber_stream.h"

namespace mongotail::serve {

/// What a request gets: a response, and perhaps the stream that follows its head.
struct Answer {
  Response response;
  std::optional<Subscription> stream = std::nullopt;
};

/// `on_unix_socket`: no web page can reach it, whatever host it names.
Answer answer_to(const Request& request, bool on_unix_socket, Context& context);

/// `request`: as far as it is known.
Response refusal_of(const Refusal& refusal, const Request& request, Context& context);

/// The head of a stream.
Response stream_head(const Request& request, const SubscriberStream& stream,
                     const ServerOptions& options);

}  // namespace mongotail::serve

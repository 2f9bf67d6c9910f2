#include "serve/subscriber_stream.h"

#include <utility>

#include "serve/http.h"

namespace mongotail::serve {

Result<std::unique_ptr<SubscriberStream>> SubscriberStream::open(Hub& hub, Subscription wanted,
                                                                 bool in_chunks) {
  const Form form = wanted.form;
  const auto id = hub.subscribe(std::move(wanted));
  if (!id) return fail(id.error());
  return std::unique_ptr<SubscriberStream>(new SubscriberStream(hub, *id, form, in_chunks));
}

SubscriberStream::SubscriberStream(Hub& hub, SubscriberId id, Form form, bool in_chunks)
    : hub_(hub), id_(id), form_(form), in_chunks_(in_chunks) {}

std::string SubscriberStream::begin() const {
  return framed(begin_text(form_, cursor()));
}

std::string SubscriberStream::heartbeat() const {
  return framed(heartbeat_text(form_, cursor()));
}

Delivery::State SubscriberStream::take(Hub::Clock::time_point now) {
  delivery_ = hub_.take(id_, now);
  auto& pieces = delivery_.pieces;
  if (delivery_.state == Delivery::State::end) {
    text_ = framed(end_text(form_, delivery_.end));
    if (in_chunks_) text_ += last_chunk;
    pieces = {text_};
  } else if (delivery_.state == Delivery::State::text && in_chunks_) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    text_ = chunk_begin(size);
    pieces.insert(pieces.begin(), text_);
    pieces.push_back(chunk_end);
  }
  return delivery_.state;
}

std::string SubscriberStream::framed(std::string text) const {
  if (!in_chunks_ || text.empty()) return text;
  return chunk_begin(text.size()) + text + std::string(chunk_end);
}

}  // namespace mongotail::serve

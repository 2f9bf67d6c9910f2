#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/server.h"

namespace mongotail::serve {

/// One subscriber of a hub, and its stream as bytes to write: in chunks, unless the connection's
/// end is what ends it. Nothing here knows of sockets.
class SubscriberStream {
 public:
  /// Cause::usage: the selection can't be understood. `hub` must outlive the stream.
  static Result<std::unique_ptr<SubscriberStream>> open(Hub& hub, Subscription wanted,
                                                        bool in_chunks);
  /// Once nothing is to be taken any more, while the hub is there; what is being written stays.
  void leave() { hub_.unsubscribe(id_); }

  SubscriberId id() const { return id_; }
  Form form() const { return form_; }
  bool in_chunks() const { return in_chunks_; }
  /// As Hub::cursor.
  std::string cursor() const { return hub_.cursor(id_); }
  /// Its end is there to be taken.
  bool has_ended() const { return hub_.has_ended(id_); }

  /// What it begins with, and what it says while there is nothing else. Either may be empty.
  std::string begin() const;
  std::string heartbeat() const;

  /// What to do next; asked again only when pieces() are written. In State::end pieces() are its
  /// last, and may be empty.
  Delivery::State take(Hub::Clock::time_point now);
  /// What to write. Valid until the next call of take() or release().
  const std::vector<std::string_view>& pieces() const { return delivery_.pieces; }
  /// The pieces are written: what they lie in can go.
  void release() { delivery_ = {}; }

 private:
  SubscriberStream(Hub& hub, SubscriberId id, Form form, bool in_chunks);

  std::string framed(std::string text) const;

  Hub& hub_;
  SubscriberId id_;
  Form form_;
  bool in_chunks_;
  Delivery delivery_;
  std::string text_;  // the beginning of a chunk, or the end of the stream
};

}  // namespace mongotail::serve

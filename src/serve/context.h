#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "serve/metrics.h"
#include "serve/server.h"

namespace mongotail::serve {

class Session;

/// What the connections of one server share. It belongs to the server's thread.
struct Context {
  const ServerOptions& options;
  Understand understand;
  Reporter& reporter;
  boost::asio::io_context& io;

  std::optional<Hub> hub = {};  ///< once the stream has begun
  bool stopping = false;
  ServerFacts facts = {};
  std::unordered_set<std::shared_ptr<Session>> sessions = {};
  std::unordered_map<SubscriberId, std::weak_ptr<Session>> streams = {};
  /// Those without a stream, in the order in which they connected or were last answered.
  std::list<Session*> waiting = {};
  /// What is sent behind a subscriber's request is read into here, and not looked at.
  std::array<char, 4096> ignored = {};
};

}  // namespace mongotail::serve

#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "resume/cursor.h"
#include "serve/interest.h"

namespace mongotail::serve {

/// Reads the oplog for subscribers whose position is older than the ring. Called from within the
/// hub's calls: nothing here waits, and nothing calls the hub back before they have returned. What
/// is read comes through Hub::caught, catch_up_paused, caught_up and catch_up_ended.
class Past {
 public:
  /// What a subscriber asked for, as whoever understood it keeps it.
  class Request {
   public:
    virtual ~Request() = default;
  };
  struct Counts {
    std::size_t running = 0, waiting = 0;
  };

  virtual ~Past() = default;
  /// Reads for this one: after `after`, or, where that is not known yet, from where `request` says.
  virtual void start(SubscriberId id, std::shared_ptr<const Request> request,
                     const std::optional<resume::Cursor>& after) = 0;
  /// It has taken a block.
  virtual void block_taken(SubscriberId id) = 0;
  /// Its reading, if there is any, is of no use any more.
  virtual void cancel(SubscriberId id) = 0;
  virtual Counts counts() const = 0;
};

}  // namespace mongotail::serve

#pragma once

#include <map>
#include <set>

#include "serve_support.h"

namespace mongotail::serve {

/// Records what the hub asks for.
class FakeOutside : public Hub::Outside {
 public:
  void ready(SubscriberId id) override { ready_ids.insert(id); }
  void start_catch_up(SubscriberId id, const std::optional<Place>& after) override {
    started[id] = after;
    ++starts;
  }
  void block_taken(SubscriberId id) override { ++taken[id]; }
  void cancel_catch_up(SubscriberId id) override { cancelled.insert(id); }

  std::set<SubscriberId> ready_ids;
  std::map<SubscriberId, std::optional<Place>> started;
  int starts = 0;
  std::map<SubscriberId, int> taken;
  std::set<SubscriberId> cancelled;
};

}  // namespace mongotail::serve

#pragma once

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "serve_support.h"

namespace mongotail::serve {

/// Records what the hub asks for.
class FakeOutside : public Hub::Wakes, public Past {
 public:
  void ready(SubscriberId id) override { ready_ids.insert(id); }
  void start(SubscriberId id, std::shared_ptr<const Request> request,
             const std::optional<resume::Cursor>& after) override {
    started[id] = after;
    requests[id] = std::move(request);
    ++starts;
  }
  void block_taken(SubscriberId id) override { ++taken[id]; }
  void cancel(SubscriberId id) override { cancelled.insert(id); }
  Counts counts() const override { return {}; }

  std::set<SubscriberId> ready_ids;
  std::map<SubscriberId, std::optional<resume::Cursor>> started;
  std::map<SubscriberId, std::shared_ptr<const Request>> requests;
  int starts = 0;
  std::map<SubscriberId, int> taken;
  std::set<SubscriberId> cancelled;
};

}  // namespace mongotail::serve

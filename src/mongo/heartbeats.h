#pragma once

#include <mongoc/mongoc.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "mongo/member_role.h"

namespace mongotail::mongo {

/// What a server said of itself, or that it could not be asked.
struct Heartbeat {
  bool answered = false;
  MemberRole role = MemberRole::standalone;  ///< if it answered
  std::string set_name;                      ///< if it answered; empty outside of a set
};

/// The newest outcome of each server's heartbeats, also of those that the driver took out of its
/// topology since. Thread-safe.
class Heartbeats {
 public:
  Heartbeats() = default;
  Heartbeats(const Heartbeats&) = delete;
  Heartbeats& operator=(const Heartbeats&) = delete;

  /// Listens to the pool, which must not have been used yet, and which this object must outlive.
  void watch(mongoc_client_pool_t* pool);

  /// nullopt: no heartbeat of that server has ended yet.
  std::optional<Heartbeat> newest(const std::string& host_and_port) const;

 private:
  void ended(const mongoc_host_list_t* host, Heartbeat heartbeat);

  mutable std::mutex mutex_;
  std::map<std::string, Heartbeat> newest_;
};

}  // namespace mongotail::mongo

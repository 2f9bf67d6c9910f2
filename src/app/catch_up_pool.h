#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

#include "app/subscriber_request.h"
#include "base/reporter.h"
#include "match/predicate.h"
#include "mongo/connection.h"
#include "serve/server.h"

namespace mongotail::app {

/// Reads the past for subscribers, a few at a time: from where one stands up to what the server has
/// published, or for as long as it takes what it is given.
class CatchUpPool {
 public:
  static constexpr std::size_t threads = 4;

  /// `allowed`: what subscribers can get at most. All must outlive the pool.
  CatchUpPool(mongo::Connection& connection, const match::Selection& allowed, serve::Server& server,
              Reporter& reporter, std::stop_token stop);
  CatchUpPool(const CatchUpPool&) = delete;
  CatchUpPool& operator=(const CatchUpPool&) = delete;
  /// May take as long as a read that waits.
  ~CatchUpPool();

  // From any thread:
  void start(serve::SubscriberId id, std::shared_ptr<const SubscriberRequest> request,
             const std::optional<serve::Place>& after);
  void block_taken(serve::SubscriberId id);
  void cancel(serve::SubscriberId id);
  serve::Backend::CatchUps counts() const;

 private:
  class Job;
  class Run;

  void work(const std::stop_token& stop);
  std::shared_ptr<Job> next_job(const std::stop_token& stop);
  void run(Job& job);

  mongo::Connection& connection_;
  const match::Selection& allowed_;
  serve::Server& server_;
  Reporter& reporter_;
  std::stop_token stop_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::unordered_map<serve::SubscriberId, std::shared_ptr<Job>> jobs_;  // waiting or running
  std::size_t running_ = 0;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace mongotail::app

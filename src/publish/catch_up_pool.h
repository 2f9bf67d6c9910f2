#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bson/types.h"
#include "match/selection.h"
#include "oplog/user.h"
#include "publish/subscriber_request.h"
#include "read/history.h"
#include "serve/hub.h"
#include "serve/server.h"

namespace mongotail::publish {

/// Whom the pool serves: the hub, on whatever thread that is. Any thread may call.
class CatchUpReceiver {
 public:
  virtual ~CatchUpReceiver() = default;
  /// Up to where all is published.
  virtual resume::Cursor top() const = 0;

  // As Hub's calls of these names:
  virtual void caught(serve::SubscriberId id, serve::SharedBlock block,
                      const std::optional<resume::Cursor>& position) = 0;
  virtual void catch_up_paused(serve::SubscriberId id) = 0;
  virtual void caught_up(serve::SubscriberId id, resume::Cursor place) = 0;
  virtual void catch_up_ended(serve::SubscriberId id, serve::End::Reason reason,
                              const Error& error) = 0;
};

/// Reads the past for subscribers, a few at a time: from where one stands up to what the server has
/// published, or for as long as it takes what it is given.
class CatchUpPool final : public serve::Past {
 public:
  struct Options {
    std::size_t threads = 4;
    /// A subscriber that takes nothing for so long makes room for others, if there are any.
    std::chrono::milliseconds patience_with_reader{1'000};
    /// So does one that has been read to for so long: the others' past may be short.
    std::chrono::milliseconds turn{1'000};
    /// Named in events. May be null.
    std::shared_ptr<const oplog::UserNames> users = {};
  };

  /// `allowed`: what subscribers can get at most. All must outlive the pool.
  CatchUpPool(read::History& history, const match::Selection& allowed, CatchUpReceiver& receiver,
              std::stop_token stop, Options options);
  CatchUpPool(read::History& history, const match::Selection& allowed, CatchUpReceiver& receiver,
              std::stop_token stop);
  CatchUpPool(const CatchUpPool&) = delete;
  CatchUpPool& operator=(const CatchUpPool&) = delete;
  /// May take as long as a read that waits.
  ~CatchUpPool() override;

  // From any thread:
  /// `request`: a SubscriberRequest.
  void start(serve::SubscriberId id, std::shared_ptr<const Request> request,
             const std::optional<resume::Cursor>& after) override;
  void block_taken(serve::SubscriberId id) override;
  void cancel(serve::SubscriberId id) override;
  Counts counts() const override;

 private:
  class Job;
  class Run;

  void work(const std::stop_token& stop);
  std::shared_ptr<Job> next_job(const std::stop_token& stop);
  void run(Job& job);

  void keep_end(const Job& job, std::optional<bson::Timestamp> end);

  read::History& history_;
  const match::Selection& allowed_;
  CatchUpReceiver& receiver_;
  std::stop_token stop_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::unordered_map<serve::SubscriberId, std::shared_ptr<Job>> jobs_;  // waiting or running
  // Where the oplog ended when the reading for one began, which was to end there and has paused.
  std::unordered_map<serve::SubscriberId, bson::Timestamp> ends_;
  std::size_t running_ = 0;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace mongotail::publish

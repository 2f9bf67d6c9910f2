#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "base/back_off.h"
#include "base/reporter.h"
#include "oplog/source.h"
#include "remote/client.h"
#include "serve/frame.h"

namespace mongotail::remote {

/// What another mongotail serves, as a stream. Once it has been open it survives that one's
/// restarts: it connects again and resumes from the cursor it has reached, waiting longer each time
/// while connections don't last. What lies before that cursor is never handed out again.
class RemoteSource final : public oplog::Source {
 public:
  /// `name`: of the other, for messages. `cursor`: to resume after; empty: where `target` says. All
  /// that is referred to must outlive the source.
  RemoteSource(Client& remote, std::string name, std::string target, std::string cursor,
               Reporter& reporter, std::stop_token stop);

  /// The first attempt to connect: its failure is the run's.
  Status open();
  /// Batches of unwound operations. nullopt if the other ended it as requested.
  Result<std::optional<oplog::Batch>> next() override;

 private:
  using Clock = std::chrono::steady_clock;

  Result<std::optional<oplog::Batch>> batch_of(std::string frames);
  void ended(const serve::End& end);
  void lost(const std::string& why);
  Status come_back();

  Client& remote_;
  std::string name_, target_, cursor_;
  Reporter& reporter_;
  std::stop_token stop_;
  serve::FrameBuffer frames_;
  BackOff back_off_;
  Clock::time_point opened_at_;
  std::optional<Clock::time_point> away_since_;
  std::optional<Error> failure_;  // once what came before it has been handed out
  bool moved_ = false;            // since the connection was opened
  bool over_ = false;
};

}  // namespace mongotail::remote

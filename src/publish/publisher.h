#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "base/reporter.h"
#include "match/predicate.h"
#include "oplog/source.h"
#include "read/selector.h"
#include "serve/server.h"
#include "tail/input.h"

namespace mongotail::publish {

/// For how long entries that come one by one share a block, which is a write for every subscriber
/// that wants it. Where there are many subscribers the writes are what takes the time.
std::chrono::milliseconds gathering_time(std::chrono::microseconds handing_out);

/// From batches of entries to blocks of operations for subscribers: unwind, match, encode, publish.
class Publisher {
 public:
  /// All that is referred to must outlive the publisher.
  Publisher(const match::Predicate& allowed, oplog::EntryLookup& lookup, serve::Intake& intake,
            Reporter& reporter, resume::Cursor start, std::stop_token stop);

  /// Until the input fails or ends, or a stop is requested.
  Status run(tail::Input& input);

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::milliseconds patience() const;
  void note_silence();
  Status take(const oplog::Batch& batch);
  Status take_step(const read::Step& step);
  void publish();

  serve::Intake& intake_;
  Reporter& reporter_;
  std::stop_token stop_;
  read::Selector selector_;
  serve::BlockBuilder builder_;
  resume::Cursor top_;  // all up to here is in the builder, or published
  resume::Cursor published_;
  std::uint64_t entries_ = 0;  // of which something may be seen
  bool counted_ = false;       // the one that is being taken
  Clock::time_point published_at_;
  Clock::time_point heard_at_ = Clock::now();
  bool away_ = false;
};

}  // namespace mongotail::publish

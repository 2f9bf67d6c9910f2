#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "app/read_ahead.h"
#include "base/reporter.h"
#include "match/predicate.h"
#include "oplog/txn_unwind.h"
#include "serve/server.h"

namespace mongotail::app {

/// From batches of entries to blocks of operations for a server: unwind, match, encode, publish.
class Publisher {
 public:
  /// All that is referred to must outlive the publisher.
  Publisher(const match::Predicate& allowed, oplog::EntryLookup& lookup, serve::Server& server,
            Reporter& reporter, serve::Place start, std::stop_token stop);

  /// Until the input fails or a stop is requested.
  Status run(ReadAhead& input);

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::milliseconds patience() const;
  void note_silence();
  Status take(const oplog::Batch& batch);
  Status take_entry(bson::Document document);
  void publish();

  const match::Predicate& allowed_;
  serve::Server& server_;
  Reporter& reporter_;
  std::stop_token stop_;
  oplog::TxnUnwind unwind_;
  serve::BlockBuilder builder_;
  serve::Place top_;  // all up to here is in the builder, or published
  serve::Place published_;
  std::uint64_t entries_ = 0;  // of which something may be seen
  Clock::time_point published_at_;
  Clock::time_point heard_at_ = Clock::now();
  bool away_ = false;
};

}  // namespace mongotail::app

#pragma once

#include <memory>
#include <stop_token>

#include "base/reporter.h"
#include "mongo/current_member.h"
#include "mongo/oplog_reader.h"
#include "mongo/patience.h"
#include "mongo/tail_plan.h"
#include "oplog/source.h"

namespace mongotail::mongo {

/// The oplog of one replica set as a stream. Survives lost connections, failovers and killed
/// cursors: it reconnects with back-off, and resumes right after the last entry it handed out,
/// having found that very entry again. Where that entry was rolled back it resumes after the newest
/// entry that the set kept of what was read, and says so in the batch: what the set has besides
/// comes, and what was read before and has become history again comes once more.
///
/// next() fails with Cause::history_lost or Cause::rolled_back where it can't resume exactly. A
/// server that can't be reached is tried for ever: oplog_info() says whether it is there at all.
class TailSource final : public oplog::Source {
 public:
  /// Keeps `current` up to date. `reporter` must outlive this object. A stop request ends back-off
  /// and the stream; a call into libmongoc that waits is not woken by it.
  TailSource(std::unique_ptr<OplogSet> set, TailPlan plan, std::shared_ptr<CurrentMember> current,
             Reporter& reporter, std::stop_token stop, Patience patience = {});
  ~TailSource() override;

  Result<std::optional<oplog::Batch>> next() override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::mongo

#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "base/reporter.h"
#include "mongo/current_member.h"
#include "mongo/oplog_reader.h"
#include "mongo/patience.h"
#include "mongo/resume_verdict.h"
#include "oplog/source.h"

namespace mongotail::mongo {

/// Reads single oplog entries by their position, over connections of its own that are opened when
/// they are first needed. It reads with local read concern: an entry with that ts and term is the
/// same on every member, and a majority has it if a majority has the entry that commits it.
///
/// It asks the member that the stream reads, which has the entry unless it was cut off or rolled
/// back, then the others. Before an entry is called missing, it waits for members that may still
/// get it, and for a while for those that don't answer. A lost connection is opened again until a
/// stop is requested.
class OplogLookup final : public oplog::EntryLookup {
 public:
  /// `reporter` must outlive this object. `current` is the stream's member.
  OplogLookup(std::unique_ptr<OplogSet> set, std::shared_ptr<const CurrentMember> current,
              Reporter& reporter, std::stop_token stop, Patience patience = {});
  ~OplogLookup() override;

  /// Cause::rolled_back: the set has gone on without the entry.
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime optime) override;

 private:
  struct Search;

  Result<Search> ask(oplog::OpTime optime);
  Status ask_current(oplog::OpTime optime, Search& search);
  Status ask_others(oplog::OpTime optime, Search& search);

  std::unique_ptr<OplogSet> set_;
  std::shared_ptr<const CurrentMember> current_;
  Reporter& reporter_;
  std::stop_token stop_;
  Patience patience_;
  std::unique_ptr<OplogReader> reader_;  // of the stream's member
  std::unique_ptr<OplogReader> other_;   // had an entry that that one lacks
};

}  // namespace mongotail::mongo

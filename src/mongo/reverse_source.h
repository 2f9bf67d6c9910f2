#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/connection_config.h"
#include "bson/builder.h"
#include "bson/types.h"
#include "mongo/current_member.h"
#include "mongo/oplog_reader.h"
#include "oplog/source.h"

namespace mongotail::mongo {

struct ReversePlan {
  bson::Timestamp last;                  ///< inclusive: the newest entry that is wanted
  std::optional<bson::Timestamp> first;  ///< entries before this are not wanted, but may come
  bson::OwnedDocument filter;            ///< without `ts` bounds; empty: everything
  ReadConcern read_concern = ReadConcern::majority;
  std::uint64_t enough = 0;  ///< as OplogQuery::enough
};

/// The oplog from its newest entry backwards, without following; for `--lines`. Batches' entries
/// are in that order. Ends at the oldest entry, or soon after it has passed `first`. Where the
/// server refuses the filter (hosted services allow only some forms), every entry comes.
class ReverseSource final : public oplog::Source {
 public:
  /// Keeps `current` up to date.
  ReverseSource(std::unique_ptr<OplogSet> set, ReversePlan plan,
                std::shared_ptr<CurrentMember> current);
  ~ReverseSource() override;

  Result<std::optional<oplog::Batch>> next() override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::mongo

#pragma once

#include <memory>
#include <optional>

#include "base/connection_config.h"
#include "bson/builder.h"
#include "mongo/connection.h"
#include "oplog/source.h"

namespace mongotail::mongo {

/// The oplog from its newest entry backwards, without following; for `--lines`. Batches' entries
/// are in that order. Ends at the oldest entry.
class ReverseSource final : public oplog::Source {
 public:
  /// Where the server refuses the filter, the second one is taken (hosted services allow only some
  /// forms). Both may hold `ts` bounds. `connection` must outlive this object.
  ReverseSource(Connection& connection, bson::OwnedDocument filter, bson::OwnedDocument plainer,
                ReadConcern read_concern);
  ~ReverseSource() override;

  Result<std::optional<oplog::Batch>> next() override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::mongo

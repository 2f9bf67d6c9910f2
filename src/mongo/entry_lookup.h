#pragma once

#include <memory>
#include <stop_token>

#include "base/reporter.h"
#include "mongo/connection.h"
#include "oplog/source.h"

namespace mongotail::mongo {

/// Reads single oplog entries by their position, over a connection of its own that is made when it
/// is first needed. A lost connection is made again until a stop is requested. It reads with local
/// read concern: an entry of that ts and term is the same wherever it is found, and part of what a
/// majority holds if the entry that commits it is.
class OplogLookup final : public oplog::EntryLookup {
 public:
  /// `connection` must outlive this object.
  OplogLookup(Connection& connection, std::stop_token stop);
  ~OplogLookup() override;

  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime optime) override;

 private:
  Result<std::optional<bson::OwnedDocument>> attempt(bson::Timestamp ts);

  Connection& connection_;
  std::stop_token stop_;
  std::unique_ptr<Member> member_;
};

}  // namespace mongotail::mongo

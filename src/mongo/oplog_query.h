#pragma once

#include <cstdint>

#include "base/connection_config.h"
#include "bson/builder.h"
#include "oplog/optime.h"

namespace mongotail::mongo {

/// A read of `local.oplog.rs`.
struct OplogQuery {
  bson::OwnedDocument filter;  ///< whole, `ts` bounds included
  ReadConcern read_concern = ReadConcern::majority;
  enum class Kind {
    tail,     ///< never ends: tailable, awaitData
    forward,  ///< up to the end
    reverse,  ///< newest first
  };
  Kind kind = Kind::tail;
  bool short_waits = false;        ///< a tail falls idle after a fraction of a second
  bool large_first_batch = false;  ///< where the find's own batch may be all that comes
  bool first_alone = false;        ///< the first reply has one entry
  /// So many entries may be enough: the first reply has hardly more, and the server does not look
  /// for more. 0: nobody knows.
  std::uint64_t enough = 0;
};

struct OldestEntry {
  oplog::OpTime optime;
  bool set_begins = false;  ///< the set's very first entry ("initiating set"): nothing is missing
};

}  // namespace mongotail::mongo

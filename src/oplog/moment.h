#pragma once

#include <chrono>
#include <variant>

#include "bson/types.h"

namespace mongotail::oplog {

/// Right after the newest entry that a majority holds, whatever this machine's clock says.
struct Now {
  bool operator==(const Now&) const = default;
};

/// The first entry that the oplog still has.
struct Oldest {
  bool operator==(const Oldest&) const = default;
};

/// That long before the newest entry. At most 2^32 - 1 seconds.
struct BeforeNewest {
  std::chrono::seconds distance{0};

  bool operator==(const BeforeNewest&) const = default;
};

/// A point that needs no oplog to be known.
struct At {
  bson::Timestamp ts;

  bool operator==(const At&) const = default;
};

/// A point between the entries of an oplog.
using Moment = std::variant<Now, Oldest, BeforeNewest, At>;

}  // namespace mongotail::oplog

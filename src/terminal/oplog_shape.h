#pragma once

#include <vector>

#include "bson/types.h"

namespace mongotail::terminal {

/// How an oplog's bytes are spread over its time, by a sample of its entries.
class OplogShape {
 public:
  struct Entry {
    bson::Timestamp ts;
    double bytes = 0;
  };

  /// In any order.
  explicit OplogShape(std::vector<Entry> sample);

  /// The sampled bytes before `ts`, in between two entries in proportion to the time: how far `ts`
  /// is in the oplog, in a unit that only compares.
  double before(bson::Timestamp ts) const;

 private:
  std::vector<Entry> entries_;  // each with the sum up to it
};

}  // namespace mongotail::terminal

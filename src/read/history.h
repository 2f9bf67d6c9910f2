#pragma once

#include <memory>
#include <stop_token>

#include "base/result.h"
#include "match/predicate.h"
#include "oplog/source.h"
#include "read/plan.h"
#include "read/request.h"

namespace mongotail::read {

/// A read that is planned and can begin. Its parts refer to whoever opened it.
struct OpenRead {
  ReadPlan plan;
  std::unique_ptr<oplog::EntryLookup> lookup;
  std::unique_ptr<oplog::Source> source;
};

/// Where requests are read from.
class History {
 public:
  virtual ~History() = default;

  /// `predicate`: of the request. May wait for a server; a stop request ends the source. Any thread
  /// may call. Errors as from make_plan(), and those of a server that can't be asked.
  virtual Result<OpenRead> open(const ReadRequest& request, const match::Predicate& predicate,
                                std::stop_token stop) = 0;
};

}  // namespace mongotail::read

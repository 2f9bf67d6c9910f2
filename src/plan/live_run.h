#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/reporter.h"
#include "base/result.h"
#include "match/predicate.h"
#include "mongo/connection.h"
#include "mongo/oplog_info.h"
#include "read/history.h"
#include "read/plan.h"
#include "read/request.h"
#include "terminal/progress_meter.h"

namespace mongotail::plan {

/// One request, read from a live server.
class LiveRun {
 public:
  /// All that is referred to must outlive the object and what it opens.
  LiveRun(read::ReadRequest request, mongo::Connection& connection, Reporter& reporter,
          std::stop_token stop);

  enum class Measure { nothing, oplog };
  /// Asks the server what is needed to know the start, and opens the stream from there.
  /// `predicate`: of the request. What is measured is for window() to tell.
  Result<read::OpenRead> open(const match::Predicate& predicate,
                              Measure measure = Measure::nothing);

  /// Says what is read, and from where. `plan`: as open() made it.
  void announce(const read::ReadPlan& plan) const;
  terminal::ProgressWindow window(const read::ReadPlan& plan) const;

 private:
  Result<read::ServerFacts> ask();
  void measure_oplog(const bson::OwnedDocument& filter);

  read::ReadRequest request_;
  mongo::Connection& connection_;
  Reporter& reporter_;
  std::stop_token stop_;
  mongo::OplogInfo info_;
  std::optional<mongo::OplogSize> size_;
  std::vector<mongo::SampledEntry> sample_;
};

}  // namespace mongotail::plan

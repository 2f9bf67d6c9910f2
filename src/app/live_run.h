#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "app/catch_up.h"
#include "app/checkpointer.h"
#include "app/pump.h"
#include "base/reporter.h"
#include "cli/config.h"
#include "mongo/connection.h"
#include "mongo/current_member.h"
#include "mongo/entry_lookup.h"
#include "mongo/oplog_info.h"
#include "mongo/tail_source.h"
#include "resume/cursor.h"

namespace mongotail::app {

/// What a run against a live server needs, made in the order in which the parts depend on each
/// other: the newest entry, the start, the stream.
class LiveRun {
 public:
  /// All that is referred to must outlive the object.
  LiveRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
          mongo::Connection& connection, Reporter& reporter, std::stop_token stop);

  /// What is imposed on a run, whatever its configuration says.
  struct Limits {
    const match::Selection* bound = nullptr;  ///< what may be seen at all; null: everything
    std::optional<bson::Timestamp> last;      ///< read to there, and no --until
  };

  /// Asks the server what is needed to know the start. `predicate` has the bound in it.
  Status plan(const match::Predicate& predicate, Checkpointer& checkpointer, const Limits& limits);

  std::unique_ptr<oplog::Source> open_source();
  oplog::EntryLookup& lookup() { return lookup_; }
  const Pump::Options& pump_options() const { return pump_; }
  CatchUpWindow window() const;
  /// What the server is asked to filter by.
  bson::Document filter() const { return plan_.filter.view(); }

 private:
  Status plan_filter(const match::Selection* bound);
  Status plan_end(oplog::OpTime newest, const Limits& limits);
  Status plan_start(const match::Predicate& predicate, oplog::OpTime newest);
  Status plan_lines(const match::Predicate& predicate, oplog::OpTime newest);
  void measure_oplog();
  void announce(const mongo::OplogInfo& info) const;

  const cli::Config& config_;
  std::optional<resume::Cursor> resume_after_;
  mongo::Connection& connection_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::shared_ptr<mongo::CurrentMember> current_ = std::make_shared<mongo::CurrentMember>();
  mongo::OplogLookup lookup_;
  mongo::TailPlan plan_;
  bson::Timestamp newest_;
  std::optional<mongo::OplogSize> size_;
  std::vector<mongo::SampledEntry> sample_;
  Pump::Options pump_;
};

}  // namespace mongotail::app

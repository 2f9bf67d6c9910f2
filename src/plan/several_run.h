#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "base/result.h"
#include "cli/config.h"
#include "match/predicate.h"
#include "mongo/cluster.h"
#include "mongo/connection.h"
#include "mongo/driver.h"
#include "plan/file_run.h"
#include "plan/live_run.h"
#include "plan/shards.h"
#include "plan/source_requests.h"
#include "read/request.h"
#include "resume/cursor.h"
#include "tail/merged_input.h"
#include "tail/pump.h"

namespace mongotail::plan {

/// What a run over several servers or files needs: what the flags ask of all, asked of each.
class SeveralRun final : public Shards {
 public:
  /// `cursors`: where an earlier run has got to. All that is referred to must outlive the object,
  /// and the object what it opens.
  enum class Of { sets_or_files, cluster };
  SeveralRun(const cli::Config& config, Of of, resume::Cursors cursors, Reporter& reporter,
             std::stop_token stop);

  /// Cause::usage where two have one name; else as LiveRun and FileRun.
  Status open(const match::Predicate& predicate);
  /// In the order in which they were given. The names stay; the sources are for taking.
  std::vector<OpenSource>& sources() { return sources_; }
  merge::Options merge_options() const;
  /// Follows a cluster for ever: it may get other shards.
  bool may_grow() const;
  // Once it is open:
  Result<std::vector<mongo::Shard>> shards_now() override;
  Result<OpenSource> open_new_shard(const mongo::Shard& shard,
                                    const match::Predicate& predicate) override;
  Result<bson::Timestamp> newest_of(std::size_t source) override;
  std::stop_source stop_of(std::size_t source) const override;
  /// Of all; what is selected is each source's own.
  tail::Pump::Options pump_options() const;

  // Of what there was when it was opened; not beside open_new_shard():
  /// Says what is read, and from where.
  void announce() const;
  /// What there is to read, all sources together.
  terminal::ProgressWindow window() const;
  /// Counts the entries of all on their way. Before the sources are taken.
  void count(const std::shared_ptr<tail::NamespaceTally>& tally);
  struct Asked {
    std::string name;
    mongo::Connection& connection;
    bson::Document filter;                 ///< that the server applies
    std::optional<bson::Timestamp> begin;  ///< of what is read of it
  };
  /// The servers; none of files.
  std::vector<Asked> servers() const;
  /// As mongo::user_names(), of all and of the cluster.
  std::vector<std::string> user_names() const;

 private:
  struct StopSource {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };
  using StopToo = std::stop_callback<StopSource>;

  struct Server {
    std::unique_ptr<mongo::Connection> connection;
    std::stop_source stop;
    std::unique_ptr<StopToo> stop_too;  // with the whole run
    std::unique_ptr<LiveRun> run;
    std::unique_ptr<oplog::EntryLookup> lookup;
    read::ReadPlan plan = {};
    std::optional<SourceRequests::Joined> joined = std::nullopt;
  };

  Status open_servers(const match::Predicate& predicate);
  Status open_cluster(const match::Predicate& predicate);
  Status open_all(const match::Predicate& predicate);
  Status open_server(const match::Predicate& predicate, Server& server, OpenSource& source,
                     read::ReadRequest request);
  Status reach(const ConnectionConfig& config, std::string name);
  Status reach(const mongo::Shard& shard);
  Status open_files();
  Status check_names() const;
  Result<read::ReadRequest> request_for(
      const std::string& name, oplog::OpTime newest,
      const std::optional<SourceRequests::Joined>& joined = std::nullopt) const;
  bool resumes() const { return !cursors_.empty(); }

  const cli::Config& config_;
  Of of_;
  resume::Cursors cursors_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::vector<cli::Config> file_configs_;
  std::optional<mongo::Driver> driver_;
  std::unique_ptr<mongo::Connection> cluster_;
  std::deque<Server> servers_;
  oplog::OpTime newest_;                       // of all, at the start
  std::atomic<std::uint64_t> bytes_read_ = 0;  // of files
  std::vector<std::unique_ptr<FileRun>> files_;
  std::vector<OpenSource> sources_;
};

}  // namespace mongotail::plan

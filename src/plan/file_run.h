#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/reporter.h"
#include "cli/config.h"
#include "match/predicate.h"
#include "read/request.h"
#include "source/bson_stream.h"
#include "tail/namespace_tally.h"
#include "tail/pump.h"
#include "terminal/progress_meter.h"

namespace mongotail::plan {

/// What a run over saved oplogs needs.
class FileRun {
 public:
  /// All that is referred to must outlive the object, and the object the source it opens.
  FileRun(const cli::Config& config, read::ReadRequest request, Reporter& reporter,
          const std::stop_token& stop);

  /// Cause::input where a file can't be read. A TIME that counts from the newest entry reads the
  /// files to their end first. What `predicate`, if one is given, rules out by its kind and
  /// namespace is stepped over unread: once nobody counts it in `tally` any more, which may be
  /// null.
  Result<std::unique_ptr<source::BsonStream>> open_source(
      const match::Predicate* predicate = nullptr,
      std::shared_ptr<const tail::NamespaceTally> tally = nullptr);
  /// The same entries again, and those after them to the files' end. Only after open_source().
  Result<std::unique_ptr<source::BsonStream>> open_to_end();
  /// What is read is counted there, beside other files. Before open_source(); must outlive it.
  void count_in(std::atomic<std::uint64_t>& counter) { counter_ = &counter; }
  /// As BsonStreamOptions::stop.
  const std::atomic<bool>& stopped() const { return stopped_; }
  tail::Pump::Options pump_options() const;
  terminal::ProgressWindow window() const;

 private:
  Result<oplog::OpTime> newest();
  Status set_window(source::BsonStreamOptions& options);

  const cli::Config& config_;
  read::ReadRequest request_;
  Reporter& reporter_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::atomic<std::uint64_t>* counter_ = &bytes_read_;
  std::optional<bson::Timestamp> first_;  // that is read
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace mongotail::plan

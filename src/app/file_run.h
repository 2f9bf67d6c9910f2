#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>

#include "app/catch_up.h"
#include "app/pump.h"
#include "base/reporter.h"
#include "cli/config.h"
#include "read/request.h"
#include "source/bson_stream.h"

namespace mongotail::app {

/// What a run over saved oplogs needs.
class FileRun {
 public:
  /// All that is referred to must outlive the object, and the object the source it opens.
  FileRun(const cli::Config& config, read::ReadRequest request, Reporter& reporter,
          const std::stop_token& stop);

  /// Cause::input where a file can't be read. A TIME that counts from the newest entry reads the
  /// files to their end first.
  Result<std::unique_ptr<source::BsonStream>> open_source();
  Pump::Options pump_options() const;
  CatchUpWindow window() const;

 private:
  Result<oplog::OpTime> newest();
  Status set_window(source::BsonStreamOptions& options);

  const cli::Config& config_;
  read::ReadRequest request_;
  Reporter& reporter_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace mongotail::app

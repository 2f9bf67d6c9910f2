#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "base/reporter.h"
#include "cli/config.h"
#include "oplog/source.h"
#include "remote/client.h"
#include "resume/cursor.h"
#include "tail/pump.h"

namespace mongotail::remote {

/// What a run that reads from another mongotail needs.
class RemoteRun final : public oplog::EntryLookup {
 public:
  /// All that is referred to must outlive the object, and the object the source it opens.
  RemoteRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
            Reporter& reporter, std::stop_token stop);

  /// Connects.
  Result<std::unique_ptr<oplog::Source>> open_source();
  tail::Pump::Options pump_options() const;
  /// Nothing: what comes is unwound already.
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime) override {
    return std::nullopt;
  }

 private:
  const cli::Config& config_;
  std::optional<resume::Cursor> resume_after_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::unique_ptr<Client> remote_;
};

}  // namespace mongotail::remote

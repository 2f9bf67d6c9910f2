#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "oplog/source.h"

namespace mongotail::tail {

/// Which namespaces entries were of. Any thread may call.
class NamespaceTally {
 public:
  struct Seen {
    std::uint64_t entries = 0;  ///< no-ops are not counted
    /// The most frequent first; at most the first 1,000 that were met.
    std::vector<std::pair<std::string, std::uint64_t>> namespaces;
  };

  /// An entry as stored: of a transaction those of its operations. Damage is left out.
  void add(bson::Document entry);
  Seen seen() const;
  /// Nobody will ask any more: a source of which it is the tally counts no further.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  void count(std::string ns);

  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  std::uint64_t entries_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> namespaces_;
};

/// A source whose entries are counted on their way, until the tally is stopped.
class TalliedSource final : public oplog::Source {
 public:
  TalliedSource(std::unique_ptr<oplog::Source> source, std::shared_ptr<NamespaceTally> tally)
      : source_(std::move(source)), tally_(std::move(tally)) {}

  Result<std::optional<oplog::Batch>> next() override;

 private:
  std::unique_ptr<oplog::Source> source_;
  std::shared_ptr<NamespaceTally> tally_;
};

}  // namespace mongotail::tail

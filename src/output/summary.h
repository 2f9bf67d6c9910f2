#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/heavy_groups.h"
#include "output/json_writer.h"
#include "output/summary_key.h"

namespace mongotail::output {

struct SummaryOptions {
  enum class Sort { bytes, count, key };

  std::vector<SummaryKey> keys = {SummaryKey::ns, SummaryKey::op};
  Sort sort = Sort::bytes;  ///< the largest first, or by the keys
  bool utc = false;         ///< days begin in UTC, and times are printed so
  std::size_t most_groups = HeavyGroups::usual_most;
  std::shared_ptr<const oplog::UserNames> users = {};  ///< the users to name; may be null
};

/// Counts operations instead of printing them, by their keys: with their bytes as BSON, and the
/// times of the first and the last (`wall`; its timestamp's second if an entry has none). Memory is
/// bounded, as HeavyGroups says: up to 8,192 groups are always exact.
class Summary {
 public:
  using Sort = SummaryOptions::Sort;
  using Item = HeavyGroups::Item;

  /// What is counted of one operation, where that is less than the operation.
  struct Sample {
    std::string key;
    Tally tally;
  };

  explicit Summary(const SummaryOptions& options = {});

  /// As SummaryKeyReader's.
  void add_source(std::string name) { keys_.add_source(std::move(name)); }

  void add(const oplog::Operation& operation);
  void add(const Sample& sample);
  /// nullopt: only the operation itself can be added later, as it belongs to several groups.
  std::optional<Sample> sample(const oplog::Operation& operation);

  /// In the requested order; at most this many. Valid until the next add().
  std::vector<Item> sorted(std::size_t most) const;
  const HeavyGroups& groups() const { return groups_; }
  /// Of all operations, each once.
  const Tally& total() const { return total_; }
  const SummaryOptions& options() const { return options_; }

  /// For a person: a line for each group, 1,000 at most, then the total and its rate.
  std::string table() const;

  /// For scripts: a line of Extended JSON each, `{<keys>, count, bytes, first, last}`. Where groups
  /// had to be dropped, the 1,000 that come first, with `error: {count, bytes}`: what each may
  /// lack.
  std::string json_lines(JsonMode mode) const;

 private:
  SummaryOptions options_;
  SummaryKeyReader keys_;
  HeavyGroups groups_;
  Tally total_;
  std::uint64_t operations_ = 0;
};

/// The keys of a group; a view into it.
bson::Document keys_of(Summary::Item item);

}  // namespace mongotail::output

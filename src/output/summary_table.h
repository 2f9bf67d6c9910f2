#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/summary.h"
#include "output/time_text.h"

namespace mongotail::output {

/// Operations and bytes a second.
struct Rate {
  double operations = 0;
  double bytes = 0;
};

/// A summary as a table for a person: a head, a line for each group, what is left out, the total
/// and its rate. All text is harmless for a terminal.
class SummaryTable {
 public:
  /// What the last seconds had, where somebody looks on.
  struct Recent {
    Rate total;
    std::function<double(Summary::Item)> operations;  ///< a second
  };

  /// `summary` must outlive the object.
  explicit SummaryTable(const Summary& summary);

  /// `widths`: of the columns so far, which then never get narrower.
  std::string text(const std::vector<Summary::Item>& items, const Recent* recent = nullptr,
                   std::vector<std::size_t>* widths = nullptr);
  /// From now on the keys are cut to leave room for the numbers within `columns`.
  void fit_into(std::size_t columns);
  /// The lines beside those of the groups, at most.
  static constexpr int other_lines = 4;

 private:
  using Cells = std::vector<std::string>;

  Cells head(bool live) const;
  Cells cells(Summary::Item item, const Recent* recent);
  Cells total(const Recent* recent);
  void append_tally(const Tally& tally, std::optional<double> recent, Cells& cells);
  std::string key_text(SummaryKey key, const bson::Element& value);
  std::string rates(const Recent* recent) const;
  std::string left_out(std::size_t shown) const;
  std::string time_text(std::int64_t millis);
  double seconds() const;

  const Summary& summary_;
  TimeText times_;
  std::size_t key_columns_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace mongotail::output

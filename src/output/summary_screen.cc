#include "output/summary_screen.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "output/display_width.h"

namespace mongotail::output {
namespace {

constexpr std::chrono::seconds between_sorts{5};
constexpr std::chrono::seconds recent_time{10};
constexpr std::chrono::seconds between_snapshots{1};

}  // namespace

std::string SummaryScreen::text(const Summary& summary, int rows, int columns, Time now,
                                bool recent) {
  if (summary.groups().empty()) return "nothing yet";
  remember(summary, now);
  const auto most = static_cast<std::size_t>(std::max(rows - SummaryTable::other_lines, 0));
  SummaryTable::Recent rates;
  if (recent) {
    rates = {total_rate(summary, now),
             [&](Summary::Item item) { return operations_rate(item, now); }};
  }
  if (columns != columns_) widths_.clear();
  columns_ = columns;
  SummaryTable shown(summary);
  shown.fit_into(static_cast<std::size_t>(std::max(columns, 0)));
  const std::string table =
      shown.text(lines(summary, most, now), recent ? &rates : nullptr, &widths_);
  std::string out;
  std::string_view rest = table;
  for (int row = 0; row < rows && !rest.empty(); ++row) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (row > 0) out += '\n';
    out += cut_to_columns(line, static_cast<std::size_t>(std::max(columns, 0)));
  }
  return out;
}

std::vector<Summary::Item> SummaryScreen::lines(const Summary& summary, std::size_t most,
                                                Time now) {
  std::vector<Summary::Item> sorted = summary.sorted(std::numeric_limits<std::size_t>::max());
  if (most != most_ || order_.empty() || now - sorted_at_ >= between_sorts) {
    most_ = most;
    sorted_at_ = now;
    order_.clear();
  }
  std::unordered_map<std::uint64_t, std::size_t> places;
  for (std::size_t i = 0; i < order_.size(); ++i) places.emplace(order_[i], i);
  std::vector<Summary::Item> lines(order_.size(), nullptr);
  for (const Summary::Item item : sorted) {
    const auto place = places.find(item->second.serial);
    if (place != places.end()) {
      lines[place->second] = item;
    } else if (lines.size() < most) {
      lines.push_back(item);
    }
  }
  std::erase(lines, nullptr);
  order_.clear();
  for (const Summary::Item item : lines) order_.push_back(item->second.serial);
  return lines;
}

void SummaryScreen::remember(const Summary& summary, Time now) {
  while (snapshots_.size() > 1 && now - snapshots_[1].at >= recent_time) snapshots_.pop_front();
  if (!snapshots_.empty() && now - snapshots_.back().at < between_snapshots) return;
  Snapshot snapshot{now, summary.total(), {}};
  for (const Summary::Item item : summary.groups().all()) {
    snapshot.counts.emplace(item->second.serial, item->second.tally.count);
  }
  snapshots_.push_back(std::move(snapshot));
}

double SummaryScreen::seconds_since_oldest(Time now) const {
  const std::chrono::duration<double> passed = now - snapshots_.front().at;
  return std::max(passed.count(), 1.0);
}

Rate SummaryScreen::total_rate(const Summary& summary, Time now) const {
  const Tally& before = snapshots_.front().total;
  const double seconds = seconds_since_oldest(now);
  return {static_cast<double>(summary.total().count - before.count) / seconds,
          static_cast<double>(summary.total().bytes - before.bytes) / seconds};
}

double SummaryScreen::operations_rate(Summary::Item item, Time now) const {
  const auto& counts = snapshots_.front().counts;
  const auto before = counts.find(item->second.serial);
  const std::int64_t more =
      item->second.tally.count - (before == counts.end() ? 0 : before->second);
  return static_cast<double>(more) / seconds_since_oldest(now);
}

}  // namespace mongotail::output

#include "output/summary_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/safe_text.h"
#include "output/display_width.h"
#include "output/operation_text.h"
#include "output/shell_text.h"
#include "output/size_text.h"

namespace mongotail::output {
namespace {

constexpr std::string_view gap = "  ";
// Count, bytes, share and the two rates, with their gaps.
constexpr std::size_t numbers_columns = 44;
constexpr std::size_t least_key_columns = 12;
constexpr std::string_view ellipsis = "...";

std::string_view title_of(SummaryKey key) {
  return key == SummaryKey::ns ? "namespace" : name_of(key);
}

/// `2026-11-23 02:20` or `2026-11-23`, of a whole time.
std::string_view period_text(SummaryKey key, std::string_view time) {
  constexpr std::size_t day = 10;
  constexpr std::size_t minute = 16;
  return time.substr(0, key == SummaryKey::day ? day : minute);
}

std::string cut(std::string text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  return std::string(cut_to_columns(text, columns - ellipsis.size())).append(ellipsis);
}

void append_cell(std::string_view text, std::size_t width, bool right, std::string& out) {
  const std::size_t used = columns_of(text);
  const std::size_t fill = width > used ? width - used : 0;
  if (right) out.append(fill, ' ');
  out += text;
  if (!right) out.append(fill, ' ');
}

}  // namespace

SummaryTable::SummaryTable(const Summary& summary)
    : summary_(summary), times_(summary.options().utc) {}

std::string SummaryTable::text(const std::vector<Summary::Item>& items, const Recent* recent,
                               std::vector<std::size_t>* widths) {
  std::vector<Cells> lines = {head(recent != nullptr)};
  for (const Summary::Item item : items) lines.push_back(cells(item, recent));
  const bool empty = summary_.groups().empty();
  if (!empty) lines.push_back(total(recent));
  std::vector<std::size_t> own;
  if (widths == nullptr) widths = &own;
  if (widths->size() != lines.front().size()) widths->assign(lines.front().size(), 0);
  for (const Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      (*widths)[i] = std::max((*widths)[i], columns_of(line[i]));
    }
  }
  const std::size_t keys = summary_.options().keys.size();
  const std::size_t times = lines.front().size() - 2;
  std::string out;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!empty && at + 1 == lines.size()) out += left_out(items.size());
    const Cells& line = lines[at];
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool last = i + 1 == line.size();
      if (i > 0) out += gap;
      append_cell(line[i], last ? 0 : (*widths)[i], i >= keys && i < times, out);
    }
    out += '\n';
  }
  return out + (empty ? "nothing was selected\n" : rates(recent));
}

void SummaryTable::fit_into(std::size_t columns) {
  const std::size_t keys = summary_.options().keys.size();
  const std::size_t room = columns - std::min(columns, numbers_columns + (keys - 1) * gap.size());
  key_columns_ = std::max(room / keys, least_key_columns);
}

SummaryTable::Cells SummaryTable::head(bool live) const {
  Cells cells;
  for (const SummaryKey key : summary_.options().keys) cells.emplace_back(title_of(key));
  cells.insert(cells.end(), {"count", "bytes", "share", "per s"});
  if (live) cells.emplace_back("last 10 s");
  cells.insert(cells.end(), {"first", "last"});
  return cells;
}

SummaryTable::Cells SummaryTable::cells(Summary::Item item, const Recent* recent) {
  Cells cells;
  auto key = summary_.options().keys.begin();
  for (const bson::Element& value : keys_of(item)) {
    cells.push_back(cut(key_text(*key++, value), key_columns_));
  }
  cells.resize(summary_.options().keys.size());
  append_tally(item->second.tally,
               recent != nullptr ? std::optional(recent->operations(item)) : std::nullopt, cells);
  return cells;
}

SummaryTable::Cells SummaryTable::total(const Recent* recent) {
  Cells cells(summary_.options().keys.size());
  cells.front() = "total";
  append_tally(summary_.total(),
               recent != nullptr ? std::optional(recent->total.operations) : std::nullopt, cells);
  return cells;
}

void SummaryTable::append_tally(const Tally& tally, std::optional<double> recent, Cells& cells) {
  const auto as_double = [](std::int64_t number) { return static_cast<double>(number); };
  const bool by_count = summary_.options().sort == Summary::Sort::count;
  const Tally& all = summary_.total();
  cells.push_back(grouped_text(tally.count));
  cells.push_back(size_text(as_double(tally.bytes)));
  cells.push_back(by_count ? share_text(as_double(tally.count), as_double(all.count))
                           : share_text(as_double(tally.bytes), as_double(all.bytes)));
  cells.push_back(seconds() > 0 ? rate_text(as_double(tally.count) / seconds()) : "");
  if (recent) cells.push_back(rate_text(*recent));
  cells.push_back(time_text(tally.first));
  cells.push_back(time_text(tally.last));
}

std::string SummaryTable::key_text(SummaryKey key, const bson::Element& value) {
  if (value.type() == bson::Type::null) return "-";
  if (const auto date = value.as_date(); date && key != SummaryKey::id) {
    return std::string(period_text(key, time_text(*date)));
  }
  const auto text = value.as_text();
  if (key == SummaryKey::op && text) return safe_text(verb_text(*text));
  if (key != SummaryKey::id && text) return safe_text(*text);
  std::string shell;
  ShellWriter().append_value(value, shell);
  return shell;
}

std::string SummaryTable::time_text(std::int64_t millis) {
  std::string text;
  times_.append(millis, text);
  return text;
}

double SummaryTable::seconds() const {
  const Tally& total = summary_.total();
  return static_cast<double>(total.last - total.first) / 1000;
}

std::string SummaryTable::rates(const Recent* recent) const {
  const auto text = [](const Rate& rate) {
    return fmt::format("{} operations and {} a second", rate_text(rate.operations),
                       size_text(rate.bytes));
  };
  const Tally& total = summary_.total();
  std::string out;
  if (seconds() > 0) {
    out = text({static_cast<double>(total.count) / seconds(),
                static_cast<double>(total.bytes) / seconds()});
  }
  if (recent != nullptr) {
    if (!out.empty()) out += "; ";
    out += "in the last 10 s " + text(recent->total);
  }
  if (!out.empty()) out += '\n';
  return out;
}

std::string SummaryTable::left_out(std::size_t shown) const {
  const HeavyGroups& groups = summary_.groups();
  const std::size_t more = groups.size() - shown;
  if (groups.exact()) {
    return more == 0 ? ""
                     : fmt::format("and {} more\n", grouped_text(static_cast<std::int64_t>(more)));
  }
  const auto dropped = groups.dropped();
  return fmt::format("and more; any of these lines may lack up to {} operations and {}\n",
                     grouped_text(dropped.count), size_text(static_cast<double>(dropped.bytes)));
}

}  // namespace mongotail::output

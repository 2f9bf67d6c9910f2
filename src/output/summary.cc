#include "output/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/safe_text.h"
#include "bson/builder.h"
#include "oplog/command.h"
#include "output/display_width.h"
#include "output/operation_text.h"
#include "output/time_text.h"

namespace mongotail::output {
namespace {

std::int64_t time_of(const oplog::Operation& operation) {
  const auto& wall = operation.entry.wall;
  if (wall) {
    if (const auto millis = wall->as_date()) return *millis;
  }
  return std::int64_t{operation.optime.ts.seconds} * 1000;
}

std::string padded(std::string_view text, int width) {
  const int used = static_cast<int>(columns_of(text));
  return std::string(text) + std::string(static_cast<std::size_t>(std::max(0, width - used)), ' ');
}

}  // namespace

void Summary::Row::add(const Row& other) {
  first = count == 0 ? other.first : std::min(first, other.first);
  last = count == 0 ? other.last : std::max(last, other.last);
  count += other.count;
  bytes += other.bytes;
}

Summary::Sample Summary::sample(const oplog::Operation& operation) {
  return {oplog::named_namespace(operation.entry), std::string(operation.entry.op),
          static_cast<std::int64_t>(operation.entry.document.size()), time_of(operation)};
}

void Summary::add(const Sample& sample) {
  rows_[Key(sample.ns, sample.op)].add({1, sample.bytes, sample.time, sample.time});
}

std::vector<Summary::Item> Summary::largest(std::size_t most) const {
  std::vector<Item> items;
  for (const auto& item : rows_) items.push_back(&item);
  if (items.size() <= most) return items;
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(items.begin(), end, items.end(), [](Item a, Item b) {
    return std::pair(-a->second.count, a->first) < std::pair(-b->second.count, b->first);
  });
  items.erase(end, items.end());
  std::sort(items.begin(), items.end(), [](Item a, Item b) { return a->first < b->first; });
  return items;
}

std::string Summary::table_of(const std::vector<Item>& items, bool utc) const {
  int width = static_cast<int>(std::string_view("namespace").size());
  for (const Item item : items) {
    width = std::max(width, static_cast<int>(columns_of(safe_text(item->first.first))));
  }
  TimeText times(utc);
  std::string out;
  const auto line = [&](std::string_view ns, std::string_view op, const Row& row) {
    fmt::format_to(std::back_inserter(out), "{}  {:<8}{:>10}{:>14}  ", padded(ns, width),
                   safe_text(op), row.count, row.bytes);
    times.append(row.first, out);
    out += "  ";
    times.append(row.last, out);
    out += '\n';
  };
  fmt::format_to(std::back_inserter(out), "{}  {:<8}{:>10}{:>14}  first, last\n",
                 padded("namespace", width), "op", "count", "bytes");
  for (const Item item : items) {
    line(safe_text(item->first.first), verb_text(item->first.second), item->second);
  }
  if (rows_.empty()) return out + "nothing was selected\n";
  if (const std::size_t left_out = rows_.size() - items.size(); left_out > 0) {
    fmt::format_to(std::back_inserter(out), "and {} more with fewer operations\n", left_out);
  }
  Row total;
  for (const auto& [key, row] : rows_) total.add(row);
  line("total", "", total);
  const double seconds = static_cast<double>(total.last - total.first) / 1000;
  if (seconds > 0) {
    fmt::format_to(std::back_inserter(out), "{:.1f} operations and {:.0f} bytes a second\n",
                   static_cast<double>(total.count) / seconds,
                   static_cast<double>(total.bytes) / seconds);
  }
  return out;
}

std::string Summary::table(bool utc) const {
  return table_of(largest(rows_.size()), utc);
}

std::string Summary::screen(bool utc, int rows, int columns) const {
  if (rows_.empty()) return "nothing yet";
  // Beside the rows: the head, what is left out, the total, the rate.
  constexpr int other_lines = 4;
  const std::string table =
      table_of(largest(static_cast<std::size_t>(std::max(rows - other_lines, 0))), utc);
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

std::string Summary::json_lines(JsonMode mode) const {
  JsonWriter writer(mode);
  std::string out;
  for (const auto& [key, row] : rows_) {
    bson::Builder line;
    line.append("ns", std::string_view(key.first)).append("op", std::string_view(key.second));
    line.append("count", row.count).append("bytes", row.bytes);
    line.append_date("first", row.first).append_date("last", row.last);
    // What the builder wrote is whole.
    if (writer.append(line.finish(), out)) out += '\n';
  }
  return out;
}

}  // namespace mongotail::output

#include "output/summary.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "bson/builder.h"
#include "output/summary_table.h"

namespace mongotail::output {
namespace {

constexpr std::size_t most_lines = 1000;

std::int64_t time_of(const oplog::Operation& operation) {
  const auto& wall = operation.entry.wall;
  if (wall) {
    if (const auto millis = wall->as_date()) return *millis;
  }
  return std::int64_t{operation.optime.ts.seconds} * 1000;
}

Tally tally_of(const oplog::Operation& operation) {
  const std::int64_t time = time_of(operation);
  return {1, static_cast<std::int64_t>(operation.entry.document.size()), time, time};
}

std::string_view text_of(bson::Document keys) {
  return {reinterpret_cast<const char*>(keys.bytes().data()), keys.size()};
}

HeavyGroups::Weight weight_of(Summary::Sort sort) {
  return sort == Summary::Sort::count ? HeavyGroups::Weight::count : HeavyGroups::Weight::bytes;
}

}  // namespace

bson::Document keys_of(Summary::Item item) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(item->first.data());
  return bson::Document::from({bytes, item->first.size()}).value_or(bson::Document());
}

Summary::Summary(const SummaryOptions& options)
    : options_(options),
      keys_(options.keys, options.utc, options.users),
      groups_(weight_of(options.sort), options.most_groups) {}

void Summary::add(const oplog::Operation& operation) {
  const Tally one = tally_of(operation);
  total_.add(one);
  ++operations_;
  keys_.read(operation, [&](bson::Document keys) { groups_.add(text_of(keys), one, operations_); });
}

void Summary::add(const Sample& sample) {
  total_.add(sample.tally);
  groups_.add(sample.key, sample.tally, ++operations_);
}

std::optional<Summary::Sample> Summary::sample(const oplog::Operation& operation) {
  if (keys_.has_field()) return std::nullopt;
  Sample sample{{}, tally_of(operation)};
  keys_.read(operation, [&](bson::Document keys) { sample.key = text_of(keys); });
  return sample;
}

std::vector<Summary::Item> Summary::sorted(std::size_t most) const {
  const auto comes_first = [this](Item a, Item b) {
    const Tally& left = a->second.tally;
    const Tally& right = b->second.tally;
    if (options_.sort == Sort::bytes && left.bytes != right.bytes) return left.bytes > right.bytes;
    if (options_.sort == Sort::count && left.count != right.count) return left.count > right.count;
    return comes_before(keys_of(a), keys_of(b));
  };
  std::vector<Item> items = groups_.all();
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(most, items.size()));
  std::partial_sort(items.begin(), end, items.end(), comes_first);
  items.erase(end, items.end());
  return items;
}

std::string Summary::table() const {
  return SummaryTable(*this).text(sorted(most_lines));
}

std::string Summary::json_lines(JsonMode mode) const {
  JsonWriter writer(mode);
  std::string out;
  const bool exact = groups_.exact();
  for (const Item item : sorted(exact ? std::numeric_limits<std::size_t>::max() : most_lines)) {
    const auto& [tally, missed, serial, operation] = item->second;
    bson::Builder line;
    for (const bson::Element& key : keys_of(item)) line.append(key);
    line.append("count", tally.count).append("bytes", tally.bytes);
    line.append_date("first", tally.first).append_date("last", tally.last);
    if (!exact) {
      line.open_document("error").append("count", missed.count).append("bytes", missed.bytes);
      line.close();
    }
    // What the builder wrote is whole, but for an _id that is damaged inside.
    if (writer.append(line.finish(), out)) out += '\n';
  }
  return out;
}

}  // namespace mongotail::output

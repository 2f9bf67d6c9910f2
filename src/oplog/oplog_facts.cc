#include "oplog/oplog_facts.h"

#include <algorithm>

namespace mongotail::oplog {
namespace {

constexpr double seconds_an_hour = 3600;

double hours_between(bson::Timestamp from, bson::Timestamp to) {
  return (static_cast<double>(to.seconds) - static_cast<double>(from.seconds)) / seconds_an_hour;
}

class Figures {
 public:
  explicit Figures(const OplogFacts& facts) : facts_(facts) {}

  OplogFigures run() {
    if (facts_.first && facts_.last) {
      figures_.hours = hours_between(facts_.first->ts, facts_.last->ts);
    }
    rates();
    transactions();
    figures_.hours_at_present_rate = hours_to_write(facts_.max_bytes);
    if (figures_.hours_at_present_rate && facts_.min_retention_hours) {
      figures_.hours_at_present_rate =
          std::max(*figures_.hours_at_present_rate, *facts_.min_retention_hours);
    }
    for (const MemberFacts& member : facts_.members) figures_.members.push_back(of(member));
    return figures_;
  }

 private:
  std::optional<double> bytes() const {
    return facts_.totals ? std::optional(facts_.totals->bytes) : facts_.bytes;
  }

  void rates() {
    const auto all = bytes();
    if (!figures_.hours || *figures_.hours <= 0 || !all) return;
    figures_.window_bytes = *all / *figures_.hours;
    if (*figures_.hours <= 1) {
      figures_.last_hour_bytes = figures_.window_bytes;
    } else if (facts_.totals) {
      figures_.last_hour_bytes = facts_.totals->last_hour_bytes;
    } else if (facts_.last_hour_bytes) {
      figures_.last_hour_bytes = facts_.last_hour_bytes;
    } else if (const auto share = share_from(last_hour_begin(facts_.last->ts))) {
      figures_.last_hour_bytes = *all * *share;
      figures_.last_hour_is_estimate = true;
    }
  }

  void transactions() {
    if (facts_.totals) {
      if (facts_.totals->bytes <= 0) return;
      figures_.transactions = facts_.totals->transaction_bytes / facts_.totals->bytes;
      figures_.transactions_is_estimate = false;
      return;
    }
    double all = 0;
    double part = 0;
    for (const SampledEntry& entry : facts_.sample) {
      all += entry.bytes;
      if (entry.transaction) part += entry.bytes;
    }
    if (all > 0) figures_.transactions = part / all;
    const auto sampled = static_cast<std::int64_t>(facts_.sample.size());
    figures_.transactions_is_estimate = !facts_.entries || sampled < *facts_.entries;
  }

  /// The sampled bytes of entries from `ts` on, of all.
  std::optional<double> share_from(bson::Timestamp ts) const {
    double all = 0;
    double part = 0;
    for (const SampledEntry& entry : facts_.sample) {
      all += entry.bytes;
      if (entry.ts >= ts) part += entry.bytes;
    }
    if (all <= 0) return std::nullopt;
    return part / all;
  }

  std::optional<double> hours_to_write(std::optional<double> room) const {
    if (!room || !figures_.last_hour_bytes || *figures_.last_hour_bytes <= 0) return std::nullopt;
    return std::max(*room, 0.0) / *figures_.last_hour_bytes;
  }

  /// The newest entry that the set is known to have.
  std::optional<bson::Timestamp> newest() const {
    std::optional<bson::Timestamp> newest;
    for (const MemberFacts& member : facts_.members) {
      if (!member.ts) continue;
      if (member.is_primary) return member.ts;
      newest = newest ? std::max(*newest, *member.ts) : *member.ts;
    }
    return newest;
  }

  MemberFigures of(const MemberFacts& member) const {
    MemberFigures figures;
    const auto newest_ts = newest();
    if (!member.ts || !member.has_data || !newest_ts) return figures;
    const double lag = hours_between(*member.ts, *newest_ts);
    figures.lag_seconds = std::max(lag * seconds_an_hour, 0.0);
    if (!facts_.first) return figures;
    if (*member.ts < facts_.first->ts) {
      figures.hours_until_stale = 0;
      return figures;
    }
    if (!facts_.max_bytes || !bytes()) return figures;
    // What it has yet to read takes room, too.
    const double unread = *bytes() * share_from(bson::next(*member.ts)).value_or(0);
    figures.hours_until_stale = hours_to_write(*facts_.max_bytes - unread);
    if (figures.hours_until_stale && facts_.min_retention_hours) {
      figures.hours_until_stale =
          std::max(*figures.hours_until_stale, *facts_.min_retention_hours - std::max(lag, 0.0));
    }
    return figures;
  }

  const OplogFacts& facts_;
  OplogFigures figures_;
};

}  // namespace

bson::Timestamp last_hour_begin(bson::Timestamp last) {
  constexpr std::uint32_t hour = 3600;
  return {last.seconds > hour ? last.seconds - hour : 0, last.ordinal};
}

OplogFigures figures_of(const OplogFacts& facts) {
  return Figures(facts).run();
}

std::optional<CommonWindow> common_window(const std::vector<OplogFacts>& all) {
  std::optional<CommonWindow> window;
  for (const OplogFacts& facts : all) {
    if (!facts.first || !facts.last) return std::nullopt;
    if (!window) window = CommonWindow{*facts.first, *facts.last, facts.source, facts.source, 0};
    if (facts.first->ts > window->first.ts) {
      window->first = *facts.first;
      window->begins = facts.source;
    }
    if (facts.last->ts < window->last.ts) {
      window->last = *facts.last;
      window->ends = facts.source;
    }
  }
  if (window) window->hours = hours_between(window->first.ts, window->last.ts);
  return window;
}

}  // namespace mongotail::oplog

#include "output/info_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "base/safe_text.h"
#include "bson/builder.h"
#include "oplog/optime.h"
#include "output/display_width.h"
#include "output/size_text.h"
#include "output/time_text.h"

namespace mongotail::output {
namespace {

using oplog::MemberFacts;
using oplog::MemberFigures;
using oplog::OplogFacts;
using oplog::OplogFigures;

constexpr std::string_view unknown = "unknown";

std::string end_text(const oplog::OplogEnd& end, TimeText& times) {
  std::string text;
  times.append(end.wall.value_or(std::int64_t{end.ts.seconds} * 1000), text);
  return fmt::format("{}  {}", text, oplog::to_string(end.ts));
}

std::string an_hour(double bytes, bool estimate) {
  return fmt::format("{}{} an hour", estimate ? "about " : "", size_text(bytes));
}

class InfoText {
 public:
  InfoText(const OplogFacts& facts, const OplogFigures& figures, bool utc)
      : facts_(facts), figures_(figures), times_(utc) {}

  std::string run() {
    if (!facts_.source.empty()) line("source", safe_text(facts_.source));
    line("oplog",
         fmt::format("of {} on {}", safe_text(facts_.set_name), safe_text(facts_.address)));
    if (facts_.first) line("first entry", end_text(*facts_.first, times_));
    if (facts_.last) line("last entry", end_text(*facts_.last, times_));
    if (figures_.hours) line("covers", duration_text(*figures_.hours));
    if (figures_.hours_at_present_rate) {
      line("", fmt::format("{} at the rate of the last hour, once it is full",
                           duration_text(*figures_.hours_at_present_rate)));
    }
    size();
    if (figures_.last_hour_bytes) {
      line("written", an_hour(*figures_.last_hour_bytes, figures_.last_hour_is_estimate) +
                          (*figures_.hours > 1 ? ", in the last hour" : ""));
    }
    if (figures_.window_bytes && *figures_.hours > 1) {
      line("", an_hour(*figures_.window_bytes, false) + ", over all of it");
    }
    if (figures_.transactions) {
      line("transactions",
           fmt::format("{}{} of the bytes", figures_.transactions_is_estimate ? "about " : "",
                       share_text(*figures_.transactions, 1)));
    }
    if (!facts_.members.empty()) members();
    for (const auto& [what, role] : facts_.not_allowed) {
      fmt::format_to(std::back_inserter(out_), "not shown: {}; this needs the role {}\n", what,
                     role);
    }
    return std::move(out_);
  }

 private:
  void line(std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "{:<14}{}\n", name, text);
  }

  void size() {
    const auto bytes = facts_.totals ? std::optional(facts_.totals->bytes) : facts_.bytes;
    const auto entries = facts_.totals ? std::optional(facts_.totals->entries) : facts_.entries;
    if (bytes) {
      std::string text = size_text(*bytes);
      if (facts_.max_bytes) {
        text += fmt::format(" of {} ({})", size_text(*facts_.max_bytes),
                            share_text(*bytes, *facts_.max_bytes));
      }
      if (entries) text += fmt::format(", {} entries", grouped_text(*entries));
      line("size", text);
    }
    if (facts_.min_retention_hours) {
      line("kept", fmt::format("for {} at least, whatever its size",
                               duration_text(*facts_.min_retention_hours)));
    }
  }

  void members() {
    std::vector<std::array<std::string, 6>> rows = {
        {"member", "state", "position", "behind", "syncs from", "may be away for"}};
    for (std::size_t i = 0; i < facts_.members.size(); ++i) {
      rows.push_back(row(facts_.members[i], figures_.members[i]));
    }
    std::array<std::size_t, 6> widths{};
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], columns_of(row[i]));
      }
    }
    out_ += '\n';
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        out_ += row[i];
        if (i + 1 < row.size()) out_.append(widths[i] - columns_of(row[i]) + 2, ' ');
      }
      out_ += '\n';
    }
    if (!facts_.not_allowed.empty()) out_ += '\n';
  }

  std::array<std::string, 6> row(const MemberFacts& member, const MemberFigures& figures) const {
    std::string away = "-";
    if (figures.hours_until_stale) {
      away = *figures.hours_until_stale > 0 ? duration_text(*figures.hours_until_stale)
                                            : "stale: needs a new initial sync";
    }
    std::string behind = "-";
    if (figures.lag_seconds) {
      constexpr double seconds_an_hour = 3600;
      behind = *figures.lag_seconds < 1 ? "0 seconds"
                                        : duration_text(*figures.lag_seconds / seconds_an_hour);
    }
    return {safe_text(member.name),
            safe_text(member.state.empty() ? unknown : std::string_view(member.state)),
            member.ts ? oplog::to_string(*member.ts) : "-",
            behind,
            member.sync_source.empty() ? "-" : safe_text(member.sync_source),
            away};
  }

  const OplogFacts& facts_;
  const OplogFigures& figures_;
  TimeText times_;
  std::string out_;
};

/// Appends null if there is no value.
class Fields {
 public:
  bson::Builder& builder() { return builder_; }

  void put(std::string_view name, std::optional<double> value) {
    if (!value) return null(name);
    builder_.append(name, *value);
  }
  void put_whole(std::string_view name, std::optional<double> value) {
    if (!value) return null(name);
    builder_.append(name, static_cast<std::int64_t>(*value));
  }
  void put(std::string_view name, const std::optional<bson::Timestamp>& value) {
    if (!value) return null(name);
    builder_.append(name, *value);
  }
  void put(std::string_view name, const std::optional<oplog::OplogEnd>& end) {
    if (!end) return null(name);
    builder_.open_document(name).append("ts", end->ts);
    if (end->wall) builder_.append_date("wall", *end->wall);
    builder_.close();
  }
  void put_text(std::string_view name, std::string_view text) {
    if (text.empty()) return null(name);
    builder_.append(name, text);
  }

 private:
  void null(std::string_view name) {
    builder_.append(name, bson::Element(bson::Type::null, name, {}));
  }

  bson::Builder builder_;
};

void put_members(const OplogFacts& facts, const OplogFigures& figures, Fields& fields) {
  char key[24];
  fields.builder().open_array("members");
  for (std::size_t i = 0; i < facts.members.size(); ++i) {
    const MemberFacts& member = facts.members[i];
    fields.builder()
        .open_document(bson::array_key(i, key))
        .append("name", std::string_view(member.name));
    fields.put_text("state", member.state);
    fields.put("ts", member.ts);
    fields.put("lagSeconds", figures.members[i].lag_seconds);
    fields.put_text("syncSource", member.sync_source);
    fields.put("hoursUntilStale", figures.members[i].hours_until_stale);
    fields.builder().close();
  }
  fields.builder().close();
}

}  // namespace

std::string duration_text(double hours) {
  constexpr double minutes_an_hour = 60;
  constexpr double day = 24;
  constexpr double year = 365 * day;
  const auto text = [](double number, std::string_view unit) {
    const int digits = number < 9.95 && number != static_cast<int>(number) ? 1 : 0;
    const std::string digits_text = fmt::format("{:.{}f}", number, digits);
    return fmt::format("{} {}{}", digits_text, unit, digits_text == "1" ? "" : "s");
  };
  if (hours * minutes_an_hour < 2) return text(static_cast<int>(hours * 3600 + 0.5), "second");
  if (hours < 2) return text(static_cast<int>(hours * minutes_an_hour + 0.5), "minute");
  if (hours < 4 * day) return fmt::format("{:.1f} hours", hours);
  if (hours < 2 * year) return text(static_cast<int>(hours / day + 0.5), "day");
  constexpr double too_long = 1000;
  return hours / year < too_long ? text(hours / year, "year") : "1000 years or more";
}

std::string info_text(const OplogFacts& facts, const OplogFigures& figures, bool utc) {
  return InfoText(facts, figures, utc).run();
}

std::string common_text(const oplog::CommonWindow& window, bool utc) {
  TimeText times(utc);
  const auto line = [](std::string_view name, std::string_view text) {
    return fmt::format("{:<14}{}\n", name, text);
  };
  const auto end_of = [&](const oplog::OplogEnd& end, std::string_view source) {
    return fmt::format("{}  of {}", end_text(end, times), safe_text(source));
  };
  std::string out = line("all of them", "hold what is between these");
  out += line("first entry", end_of(window.first, window.begins));
  out += line("last entry", end_of(window.last, window.ends));
  out += line("covers", window.hours < 0 ? "nothing: one ends before another begins"
                                         : duration_text(window.hours));
  return out;
}

std::string info_json(const OplogFacts& facts, const OplogFigures& figures, JsonMode mode,
                      std::string_view source_field) {
  Fields fields;
  fields.put_text("set", facts.set_name);
  fields.put_text("host", facts.address);
  fields.put("first", facts.first);
  fields.put("last", facts.last);
  fields.put("hours", figures.hours);
  fields.put("hoursAtPresentRate", figures.hours_at_present_rate);
  const bool deep = facts.totals.has_value();
  fields.put_whole("entries", deep ? static_cast<double>(facts.totals->entries)
                                   : std::optional<double>(facts.entries));
  fields.put_whole("bytes", deep ? facts.totals->bytes : facts.bytes);
  fields.put_whole("maxBytes", facts.max_bytes);
  fields.put("minRetentionHours", facts.min_retention_hours);
  fields.put_whole("lastHourBytes", figures.last_hour_bytes);
  fields.builder().append("lastHourIsEstimate", figures.last_hour_is_estimate);
  fields.put_whole("bytesPerHour", figures.window_bytes);
  fields.put("transactionShare", figures.transactions);
  fields.builder().append("transactionShareIsEstimate", figures.transactions_is_estimate);
  if (!facts.members.empty()) put_members(facts, figures, fields);
  char key[24];
  fields.builder().open_array("notAllowed");
  for (std::size_t i = 0; i < facts.not_allowed.size(); ++i) {
    fields.builder().open_document(bson::array_key(i, key));
    fields.put_text("what", facts.not_allowed[i].what);
    fields.put_text("role", facts.not_allowed[i].role);
    fields.builder().close();
  }
  fields.builder().close();
  if (!facts.source.empty()) fields.put_text(source_field, facts.source);
  std::string out;
  // What the builder wrote is whole.
  if (JsonWriter(mode).append(fields.builder().finish(), out)) out += '\n';
  return out;
}

}  // namespace mongotail::output

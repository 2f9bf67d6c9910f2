#include "cli/time_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <string>

#include "base/safe_text.h"
#include "base/text.h"
#include "cli/local_time.h"

namespace mongotail::cli {
namespace {

constexpr std::int64_t last_second = std::numeric_limits<std::uint32_t>::max();

constexpr std::string_view forms =
    "write now, oldest, 5m, 22:00, yesterday 22:00, 2026-11-23 01:03, 2026-11-23T01:03:15Z, Unix "
    "seconds or SECS:ORD";

/// Walks over text; every step either takes what it names or leaves the place as it was.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::optional<char> take_one_of(std::string_view set) {
    if (done() || set.find(rest_.front()) == std::string_view::npos) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
  }
  std::string_view take_digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    const auto digits = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return digits;
  }
  std::string_view take_letters() {
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= 'a' && rest_[count] <= 'z') ++count;
    const auto letters = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return letters;
  }
  /// Exactly `count` digits.
  std::optional<int> take_number(std::size_t count) {
    int number = 0;
    if (rest_.size() < count) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }

 private:
  std::string_view rest_;
};

template <typename Number>
std::optional<Number> to_number(std::string_view digits) {
  Number number = 0;
  const auto end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

tl::unexpected<Error> bad_time(std::string_view text, std::string_view why,
                               std::string hint = std::string(forms)) {
  return fail(Cause::usage, fmt::format("'{}' {}", safe_text(text), why), std::move(hint));
}

// ---- Days and times of day

using std::chrono::year_month_day;

Result<TimeSpec> at_second(std::string_view text, std::int64_t second) {
  if (second < 0 || second > last_second) {
    return bad_time(text, "is outside the range of an oplog (1970 to 2106)");
  }
  return At{{static_cast<std::uint32_t>(second), 0}};
}

/// `H:MM` or `HH:MM`, then `:SS` and `.fff`, both optional; nullopt if it isn't one.
std::optional<TimeOfDay> take_time_of_day(Scanner& scan) {
  TimeOfDay time;
  auto hour = scan.take_number(2);
  if (!hour) hour = scan.take_number(1);
  if (!hour || !scan.take(":")) return std::nullopt;
  const auto minute = scan.take_number(2);
  if (!minute) return std::nullopt;
  time.hour = *hour;
  time.minute = *minute;
  if (!scan.take(":")) return time;
  const auto second = scan.take_number(2);
  if (!second) return std::nullopt;
  time.second = *second;
  if (scan.take(".") && scan.take_digits().empty()) return std::nullopt;
  return time;
}

/// `Z` or `+HH:MM` as seconds east of UTC; nullopt if it is neither.
std::optional<int> take_offset(Scanner& scan) {
  if (scan.take_one_of("Zz")) return 0;
  const auto sign = scan.take_one_of("+-");
  if (!sign) return std::nullopt;
  const auto hours = scan.take_number(2);
  scan.take(":");
  const auto minutes = scan.take_number(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int offset = *hours * 3600 + *minutes * 60;
  return *sign == '-' ? -offset : offset;
}

bool looks_like_a_date(std::string_view text) {
  Scanner scan(text);
  return scan.take_number(4) && scan.take("-");
}

std::optional<year_month_day> take_date(Scanner& scan) {
  const auto year = scan.take_number(4);
  if (!year || !scan.take("-")) return std::nullopt;
  const auto month = scan.take_number(2);
  if (!month || !scan.take("-")) return std::nullopt;
  const auto day = scan.take_number(2);
  if (!day) return std::nullopt;
  return std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month)) /
         std::chrono::day(static_cast<unsigned>(*day));
}

Result<TimeSpec> parse_date(std::string_view text) {
  Scanner scan(text);
  const auto date = take_date(scan);
  if (!date) return bad_time(text, "is not a valid date", "write YYYY-MM-DD");
  TimeOfDay time;
  std::optional<int> offset;
  if (!scan.done()) {
    std::optional<TimeOfDay> taken;
    if (scan.take_one_of("Tt ")) taken = take_time_of_day(scan);
    if (!taken) return bad_time(text, "has no valid time of day", "write HH:MM or HH:MM:SS");
    time = *taken;
    if (!scan.done()) {
      offset = take_offset(scan);
      if (!offset || !scan.done()) {
        return bad_time(text, "has no valid time zone",
                        "end it with Z, with +01:00 or with nothing");
      }
    }
  }
  if (!date->ok() || !time.ok()) return bad_time(text, "is not a valid date or time");
  return at_second(text,
                   offset ? unix_from_utc(*date, time) - *offset : unix_from_local(*date, time));
}

/// `today`, `yesterday` and a time of day, of which one may be missing; nullopt if it is neither.
std::optional<Result<TimeSpec>> parse_day(std::string_view text, std::int64_t now) {
  Scanner scan(text);
  const bool yesterday = scan.take("yesterday");
  const bool named = yesterday || scan.take("today");
  TimeOfDay time;
  if (!named || !scan.done()) {
    if (named && !scan.take_one_of(" T")) return std::nullopt;
    scan.skip_space();
    const auto taken = take_time_of_day(scan);
    if (!taken || !scan.done()) {
      if (!named) return std::nullopt;
      return bad_time(text, "has no valid time of day", "write HH:MM or HH:MM:SS");
    }
    time = *taken;
  }
  if (!time.ok()) return bad_time(text, "is not a valid time of day");
  const auto today = local_date(now);
  if (!today) return bad_time(text, "can't be found: this machine's clock is unusable");
  const auto day = std::chrono::sys_days(*today) - std::chrono::days(yesterday ? 1 : 0);
  return at_second(text, unix_from_local(day, time));
}

// ---- Durations

std::optional<std::int64_t> seconds_of_unit(std::string_view unit) {
  struct Unit {
    std::string_view letter, abbreviation, word;
    std::int64_t seconds;
  };
  constexpr Unit units[] = {{"s", "sec", "second", 1},
                            {"m", "min", "minute", 60},
                            {"h", "hr", "hour", 60 * 60},
                            {"d", "day", "day", 24 * 60 * 60},
                            {"w", "week", "week", 7 * 24 * 60 * 60}};
  std::string_view one = unit;
  if (one.size() > 1 && one.ends_with('s')) one.remove_suffix(1);
  for (const Unit& it : units) {
    if (unit == it.letter || one == it.abbreviation || one == it.word) return it.seconds;
  }
  return std::nullopt;
}

/// `5m`, `1h30m`, `5 minutes ago`, with or without `-` before it; nullopt if it is not a number
/// and a unit, once or more often.
std::optional<Result<TimeSpec>> parse_duration(std::string_view text) {
  Scanner scan(text);
  scan.take("-");
  std::int64_t total = 0;
  bool too_long = false;
  bool any = false;
  while (!scan.done() && !(any && scan.take("ago") && scan.done())) {
    const auto digits = scan.take_digits();
    scan.skip_space();
    const auto unit = seconds_of_unit(scan.take_letters());
    if (digits.empty() || !unit) return std::nullopt;
    scan.skip_space();
    any = true;
    const auto count = to_number<std::int64_t>(digits);
    too_long = too_long || !count || *count > (last_second - total) / *unit;
    if (!too_long) total += *count * *unit;
  }
  if (!any) return std::nullopt;
  if (too_long) return bad_time(text, "is too long a time");
  return TimeSpec(BeforeNewest{std::chrono::seconds(total)});
}

// ---- Numbers

/// 1980 in Unix seconds: MongoDB is younger, so a smaller number is something else.
constexpr std::uint32_t first_plausible_second = 315'532'800;

/// A number too small for Unix seconds: a year, a date, or a time of day or duration cut short.
tl::unexpected<Error> too_early(std::string_view text) {
  const auto number = to_number<std::int64_t>(text);
  std::string hint = "for a time of day write HH:MM, for a duration 5m, for everything oldest";
  if (number && *number >= 1980 && *number <= 2106) {
    hint = fmt::format("for the year write {}-01-01", *number);
  } else if (number && *number >= 1980'01'01 && *number <= 2106'12'31) {
    hint = fmt::format("for the date write {:04}-{:02}-{:02}", *number / 10000, *number / 100 % 100,
                       *number % 100);
  } else if (number && *number > 0 && *number < 100'000) {
    hint = fmt::format("for {0} minutes before the newest entry write {0}m", *number);
  } else if (number && *number == 0) {
    hint = "for everything in the oplog write oldest";
  }
  return bad_time(text, "as Unix seconds is before 1980", std::move(hint));
}

/// A number that does not fit in 32 bits: say what it probably is.
tl::unexpected<Error> too_large(std::string_view text) {
  constexpr std::int64_t millis_after = 100'000'000'000;     // 1973 in milliseconds
  constexpr std::int64_t millis_before = 4'294'967'296'000;  // 2106
  const auto value = to_number<std::uint64_t>(text);
  constexpr std::string_view why = "is too large for Unix seconds";
  if (!value) return bad_time(text, why);
  if (*value > millis_after && *value < millis_before) {
    return bad_time(text, why, fmt::format("if these are milliseconds, write {}", *value / 1000));
  }
  return bad_time(text, why,
                  fmt::format("if this is a timestamp as one 64-bit number, write {}:{}",
                              *value >> 32, *value & 0xffff'ffff));
}

std::optional<std::uint32_t> take_uint32(Scanner& scan) {
  scan.skip_space();
  const auto number = to_number<std::uint32_t>(scan.take_digits());
  scan.skip_space();
  return number;
}

/// `name:` in either kind of quotes, or in none.
bool take_key(Scanner& scan, std::string_view name) {
  scan.skip_space();
  const auto quote = scan.take_one_of("\"'");
  if (!scan.take(name) || (quote && scan.take_one_of("\"'") != quote)) return false;
  scan.skip_space();
  return scan.take(":");
}

/// `{t: SECS, i: ORD}`.
std::optional<bson::Timestamp> take_object(Scanner& scan) {
  scan.skip_space();
  if (!scan.take("{") || !take_key(scan, "t")) return std::nullopt;
  const auto seconds = take_uint32(scan);
  if (!seconds || !scan.take(",") || !take_key(scan, "i")) return std::nullopt;
  const auto ordinal = take_uint32(scan);
  if (!ordinal || !scan.take("}")) return std::nullopt;
  scan.skip_space();
  return bson::Timestamp{*seconds, *ordinal};
}

/// `SECS<separator>ORD`.
std::optional<bson::Timestamp> take_pair(Scanner& scan, std::string_view separator) {
  const auto seconds = take_uint32(scan);
  if (!seconds || !scan.take(separator)) return std::nullopt;
  const auto ordinal = take_uint32(scan);
  if (!ordinal) return std::nullopt;
  return bson::Timestamp{*seconds, *ordinal};
}

std::optional<bson::Timestamp> parse_shell_timestamp(Scanner scan) {
  if (!scan.take("Timestamp")) return std::nullopt;
  scan.skip_space();
  if (!scan.take("(")) return std::nullopt;
  Scanner object = scan;
  auto ts = take_object(object);
  if (ts) {
    scan = object;
  } else {
    ts = take_pair(scan, ",");
  }
  if (!ts || !scan.take(")") || !scan.done()) return std::nullopt;
  return ts;
}

std::optional<bson::Timestamp> parse_json_timestamp(Scanner scan) {
  if (!scan.take("{") || !take_key(scan, "$timestamp")) return std::nullopt;
  const auto ts = take_object(scan);
  if (!ts || !scan.take("}") || !scan.done()) return std::nullopt;
  return ts;
}

std::optional<bson::Timestamp> parse_pair(std::string_view text) {
  Scanner scan(text);
  const auto ts = take_pair(scan, ":");
  if (!ts || !scan.done()) return std::nullopt;
  return ts;
}

Result<TimeSpec> parse_seconds(std::string_view text) {
  const auto second = to_number<std::uint32_t>(text);
  if (!second) return too_large(text);
  if (*second < first_plausible_second) return too_early(text);
  return at_second(text, *second);
}

Result<TimeSpec> parse_timestamp_form(std::string_view text) {
  auto ts = parse_shell_timestamp(Scanner(text));
  if (!ts) ts = parse_json_timestamp(Scanner(text));
  if (ts) return At{*ts};  // written out, it is meant
  ts = parse_pair(text);
  if (!ts) return bad_time(text, "is not a valid time");
  if (ts->seconds < first_plausible_second) return too_early(text);
  return At{*ts};
}

}  // namespace

Result<TimeSpec> parse_time(std::string_view untrimmed, std::int64_t now) {
  const std::string_view text = trimmed(untrimmed);
  if (text == "now") return Now{};
  if (text == "oldest") return Oldest{};
  if (auto day = parse_day(text, now)) return *day;
  if (auto duration = parse_duration(text)) return *duration;
  if (all_digits(text)) return parse_seconds(text);
  if (looks_like_a_date(text)) return parse_date(text);
  return parse_timestamp_form(text);
}

}  // namespace mongotail::cli

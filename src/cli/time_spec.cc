#include "cli/time_spec.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <limits>
#include <optional>
#include <string>

#include "base/safe_text.h"

namespace mongotail::cli {
namespace {

constexpr std::int64_t last_second = std::numeric_limits<std::uint32_t>::max();

constexpr std::string_view forms =
    "write now, oldest, 5m, today, 2026-11-23 01:03, 2026-11-23T01:03:15Z, Unix seconds or "
    "SECS:ORD";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

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
    while (!done() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  std::string_view take_digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    const auto digits = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return digits;
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

// ---- Civil time

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool is_valid(const Civil& t) {
  return t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= days_in_month(t.year, t.month) &&
         t.hour <= 23 && t.minute <= 59 && t.second <= 60;  // 60: a leap second
}

std::int64_t unix_from_utc(const Civil& t) {
  const std::chrono::sys_days days = std::chrono::year(t.year) /
                                     std::chrono::month(static_cast<unsigned>(t.month)) /
                                     std::chrono::day(static_cast<unsigned>(t.day));
  return std::int64_t{days.time_since_epoch().count()} * 86400 + t.hour * 3600 + t.minute * 60 +
         t.second;
}

std::int64_t unix_from_local(const Civil& t) {
  std::tm broken{};
  broken.tm_year = t.year - 1900;
  broken.tm_mon = t.month - 1;
  broken.tm_mday = t.day;
  broken.tm_hour = t.hour;
  broken.tm_min = t.minute;
  broken.tm_sec = t.second;
  broken.tm_isdst = -1;
  return std::mktime(&broken);
}

Result<TimeSpec> at_second(std::string_view text, std::int64_t second) {
  if (second < 0 || second > last_second) {
    return bad_time(text, "is outside of what an oplog can hold (1970 to 2106)");
  }
  return At{{static_cast<std::uint32_t>(second), 0}};
}

Result<TimeSpec> local_midnight(std::string_view text, std::int64_t now, int days_back) {
  const std::time_t at = now;
  std::tm broken{};
  if (localtime_r(&at, &broken) == nullptr) return bad_time(text, "can't be told from this clock");
  broken.tm_mday -= days_back;
  broken.tm_hour = broken.tm_min = broken.tm_sec = 0;
  broken.tm_isdst = -1;
  return at_second(text, std::mktime(&broken));
}

/// `:SS` and `.fff`, both optional; false where one is begun but wrong.
bool take_seconds(Scanner& scan, Civil& t) {
  if (!scan.take(":")) return true;
  const auto second = scan.take_number(2);
  if (!second) return false;
  t.second = *second;
  return !scan.take(".") || !scan.take_digits().empty();
}

/// `Z` or `+HH:MM` as seconds east of UTC; nullopt where there is neither.
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

Result<TimeSpec> parse_date(std::string_view text) {
  Scanner scan(text);
  Civil t;
  const auto number = [&scan](std::size_t digits, int& into) {
    const auto taken = scan.take_number(digits);
    if (taken) into = *taken;
    return taken.has_value();
  };
  if (!number(4, t.year) || !scan.take("-") || !number(2, t.month) || !scan.take("-") ||
      !number(2, t.day)) {
    return bad_time(text, "is not a date: it is written YYYY-MM-DD");
  }
  std::optional<int> offset;
  if (!scan.done()) {
    const bool clock = scan.take_one_of("Tt ") && number(2, t.hour) && scan.take(":") &&
                       number(2, t.minute) && take_seconds(scan, t);
    if (!clock) return bad_time(text, "has no proper time of day: it is written HH:MM or HH:MM:SS");
    if (!scan.done()) {
      offset = take_offset(scan);
      if (!offset || !scan.done()) {
        return bad_time(text, "does not end as a time does: it is Z, +01:00 or nothing");
      }
    }
  }
  if (!is_valid(t)) return bad_time(text, "is no day or time of the calendar");
  return at_second(text, offset ? unix_from_utc(t) - *offset : unix_from_local(t));
}

// ---- Other forms

std::optional<std::int64_t> seconds_of_unit(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 60 * 60;
    case 'd':
      return 24 * 60 * 60;
    case 'w':
      return 7 * 24 * 60 * 60;
    default:
      return std::nullopt;
  }
}

/// nullopt where the text is not a number and a unit, with or without `-` before it.
std::optional<Result<TimeSpec>> parse_duration(std::string_view text) {
  Scanner scan(text);
  scan.take("-");
  const auto digits = scan.take_digits();
  const auto letter = scan.take_one_of("smhdw");
  if (digits.empty() || !letter || !scan.done()) return std::nullopt;
  const std::int64_t unit = *seconds_of_unit(*letter);
  const auto count = to_number<std::int64_t>(digits);
  if (!count || *count > last_second / unit) return bad_time(text, "is too long a time");
  return TimeSpec(BeforeNewest{std::chrono::seconds(*count * unit)});
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

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool all_digits(std::string_view text) {
  Scanner scan(text);
  scan.take_digits();
  return !text.empty() && scan.done();
}

Result<TimeSpec> parse_timestamp_form(std::string_view text) {
  auto ts = parse_shell_timestamp(Scanner(text));
  if (!ts) ts = parse_json_timestamp(Scanner(text));
  if (!ts) ts = parse_pair(text);
  if (ts) return At{*ts};
  return bad_time(text, "is not a time");
}

}  // namespace

Result<TimeSpec> parse_time(std::string_view untrimmed, std::int64_t now) {
  const std::string_view text = trimmed(untrimmed);
  if (text == "now") return Now{};
  if (text == "oldest") return Oldest{};
  if (text == "today") return local_midnight(text, now, 0);
  if (text == "yesterday") return local_midnight(text, now, 1);
  if (auto duration = parse_duration(text)) return *duration;
  if (all_digits(text)) {
    const auto second = to_number<std::uint32_t>(text);
    if (!second) return too_large(text);
    return at_second(text, *second);
  }
  if (looks_like_a_date(text)) return parse_date(text);
  return parse_timestamp_form(text);
}

}  // namespace mongotail::cli

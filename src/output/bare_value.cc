#include "output/bare_value.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string_view>

#include "base/safe_text.h"
#include "output/bson_parts.h"
#include "output/digits.h"

namespace mongotail::output {
namespace {

// The years 0 to 9999, so that there are four digits.
constexpr std::int64_t first_year = -62167219200000;

// Before 1970.
void append_early_date(std::int64_t millis, std::string& out) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(millis)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss of_day(time - day);
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                 of_day.hours().count(), of_day.minutes().count(), of_day.seconds().count());
  const auto rest = of_day.subseconds().count();
  if (rest != 0) fmt::format_to(end, ".{:03}", rest);
  out += 'Z';
}

void append_date(std::int64_t millis, IsoDateWriter& dates, std::string& out) {
  if (millis < first_year || millis > last_text_date) {
    fmt::format_to(std::back_inserter(out), "{}", millis);
  } else if (millis < first_text_date) {
    append_early_date(millis, out);
  } else {
    char text[24];
    out.append(text, dates.put(text, millis));
  }
}

void append_uuid(bson::Bytes data, std::string& out) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    char text[2];
    out.append(text, put_hex_byte(text, data[i]));
  }
}

}  // namespace

bool append_bare_value(const bson::Element& value, IsoDateWriter& dates, std::string& out) {
  constexpr std::uint8_t uuid = 4;
  char text[64];
  switch (value.type()) {
    case bson::Type::string:
      append_safe_text(*value.as_text(), out);
      return true;
    case bson::Type::object_id:
      out.append(text, put_hex(text, value.value()));
      return true;
    case bson::Type::binary: {
      const bson::Bytes data = binary_data(value);
      if (value.value()[4] != uuid || data.size() != 16) return false;
      append_uuid(data, out);
      return true;
    }
    case bson::Type::date:
      append_date(*value.as_date(), dates, out);
      return true;
    case bson::Type::int32:
    case bson::Type::int64:
      out.append(text, put_integer(text, *value.as_integer()));
      return true;
    case bson::Type::number_double:
      out.append(text, put_double(text, bson::load<double>(value.value().data())));
      return true;
    case bson::Type::decimal128:
      out.append(text, put_decimal128(text, *value.as_decimal128()));
      return true;
    default:
      return false;
  }
}

}  // namespace mongotail::output

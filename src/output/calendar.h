#pragma once

#include <cstdint>

namespace mongotail::output {

/// The dates that Extended JSON's relaxed form writes as text: the years 1970 to 9999 in
/// milliseconds since 1970 (specification "MongoDB Extended JSON (v2)").
inline constexpr std::int64_t first_text_date = 0;
inline constexpr std::int64_t last_text_date = 253402300799999;

/// Writes UTC dates as ISO 8601. The text of the day written last is kept: walls of neighbouring
/// entries share theirs.
class IsoDateWriter {
 public:
  /// `YYYY-MM-DDTHH:MM:SS`, `.mmm` unless it is .000 and `all_digits` is false, `Z`. `millis` lies
  /// in [first_text_date, last_text_date]. At most 24 bytes; returns where the text ends.
  char* put(char* at, std::int64_t millis, bool all_digits = false);

 private:
  std::int64_t day_ = -1;
  char text_[11] = {};  // YYYY-MM-DDT
};

}  // namespace mongotail::output

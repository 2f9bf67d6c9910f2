#pragma once

#include <string>

#include "bson/view.h"
#include "output/calendar.h"

namespace mongotail::output {

/// Appends a value as a person would write it, without quotes or type: a string, an ObjectId, a
/// UUID, a date (ISO 8601 in UTC; milliseconds since 1970 outside of the years 0 to 9999), a
/// number. Text is made safe for a terminal. False for all else: nothing is appended.
bool append_bare_value(const bson::Element& value, IsoDateWriter& dates, std::string& out);

}  // namespace mongotail::output

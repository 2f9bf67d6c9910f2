#include "resume/cursor.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/safe_text.h"

namespace mongotail::resume {
namespace {

// Takes a decimal number off the front of `text`; digits only, so neither sign nor space.
template <typename T>
bool take_number(std::string_view& text, T& value) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool read_cursor(std::string_view text, Cursor& cursor) {
  if (!take_number(text, cursor.optime.ts.seconds) || !take(text, ':') ||
      !take_number(text, cursor.optime.ts.ordinal)) {
    return false;
  }
  if (take(text, '@') && !take_number(text, cursor.optime.term)) return false;
  if (take(text, '#')) {
    std::int32_t index = 0;
    if (!take_number(text, index)) return false;
    cursor.index = index;
  }
  return text.empty();
}

}  // namespace

bool is_after(const oplog::Operation& operation, const Cursor& cursor) {
  if (operation.optime.ts != cursor.optime.ts) return operation.optime.ts > cursor.optime.ts;
  return cursor.index && operation.index > *cursor.index;
}

std::string to_string(const Cursor& cursor) {
  std::string text = oplog::to_string(cursor.optime.ts);
  if (cursor.optime.term != oplog::OpTime::no_term) {
    text += fmt::format("@{}", cursor.optime.term);
  }
  if (cursor.index) text += fmt::format("#{}", *cursor.index);
  return text;
}

Result<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  if (read_cursor(text, cursor)) return cursor;
  return fail(Cause::usage, fmt::format("\"{}\" is not a cursor", safe_text(text)),
              "the form is SECS:ORD[@TERM][#INDEX], as --show-cursor prints it");
}

}  // namespace mongotail::resume

#include "resume/cursor.h"

#include <fmt/format.h>

#include <algorithm>
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

Cursor cursor_after(const oplog::Operation& operation) {
  return {operation.optime, oplog::cursor_index(operation)};
}

bool comes_before(const Cursor& a, const Cursor& b) {
  if (a.optime.ts != b.optime.ts) return a.optime.ts < b.optime.ts;
  // The end of an entry comes after every operation in it.
  return a.index && (!b.index || *a.index < *b.index);
}

std::string to_string(const Cursor& cursor) {
  std::string text;
  oplog::append_cursor(cursor.optime, cursor.index, text);
  return text;
}

Result<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  if (read_cursor(text, cursor)) return cursor;
  return fail(Cause::usage, fmt::format("\"{}\" is not a cursor", safe_text(text)),
              "the form is SECS:ORD[@TERM][#INDEX], as --show-cursor prints it");
}

bool can_name_source(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == ',' || c == '=' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
  });
}

std::string to_string(const Cursors& cursors) {
  std::string text;
  for (const auto& [source, cursor] : cursors) {
    if (!text.empty()) text += ',';
    if (!source.empty()) text += source + "=";
    text += to_string(cursor);
  }
  return text;
}

Result<Cursors> parse_cursors(std::string_view text) {
  if (text.find('=') == std::string_view::npos) {
    return parse_cursor(text).map([](const Cursor& cursor) { return Cursors{{"", cursor}}; });
  }
  const auto refuse = [&](std::string_view why) {
    return fail(Cause::usage, fmt::format("\"{}\" is not a cursor: {}", safe_text(text), why),
                "the form is SOURCE=CURSOR,SOURCE=CURSOR, as --show-cursor prints it");
  };
  Cursors cursors;
  for (std::string_view rest = text;;) {
    const std::string_view one = rest.substr(0, rest.find(','));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) return refuse("a part of it names no source");
    NamedCursor named{std::string(one.substr(0, equals)), {}};
    if (!can_name_source(named.source)) return refuse("a part of it names no source");
    if (!read_cursor(one.substr(equals + 1), named.cursor)) {
      return refuse(fmt::format("what it says of {} is none", named.source));
    }
    if (std::ranges::find(cursors, named.source, &NamedCursor::source) != cursors.end()) {
      return refuse(fmt::format("it names {} twice", named.source));
    }
    cursors.push_back(std::move(named));
    if (one.size() == rest.size()) return cursors;
    rest.remove_prefix(one.size() + 1);
  }
}

}  // namespace mongotail::resume

#include "match/ns_glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/utf8.h"

namespace mongotail::match {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void append_escaped(char byte, std::string& out) {
  const bool ascii = static_cast<unsigned char>(byte) < 0x80;
  if (ascii && !is_word(byte)) out += '\\';
  out += byte;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    if (!step.valid) return false;
    text.remove_prefix(step.size);
  }
  return true;
}

/// Where the pattern's two parts end and begin.
struct Split {
  std::size_t database_end = 0;
  std::size_t collection_begin = 0;
  bool has_dot = false;
  bool open_escape = false;
};

Split split_pattern(std::string_view pattern) {
  Split split{pattern.size(), pattern.size(), false, false};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t begin = i;
    if (pattern[i] == '\\' && ++i == pattern.size()) {
      split.open_escape = true;
    } else if (pattern[i] == '.' && !split.has_dot) {
      split = {begin, i + 1, true, false};
    }
  }
  return split;
}

tl::unexpected<Error> bad_pattern(std::string_view pattern, std::string_view why,
                                  std::string hint) {
  return fail(Cause::usage, fmt::format("the namespace pattern '{}' {}", pattern, why),
              std::move(hint));
}

}  // namespace

GlobPart::GlobPart(std::string_view text) {
  bool has_wildcard = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      has_wildcard = true;
      if (steps_.empty() || steps_.back().token != Token::star) {
        steps_.push_back({Token::star, 0});
      }
    } else if (text[i] == '?') {
      has_wildcard = true;
      steps_.push_back({Token::one, 0});
    } else {
      if (text[i] == '\\') ++i;
      steps_.push_back({Token::byte, text[i]});
    }
  }
  if (!has_wildcard) {
    for (const Step step : steps_) literal_ += step.byte;
  } else {
    const bool any = steps_.size() == 1 && steps_[0].token == Token::star;
    kind_ = any ? Kind::any : Kind::glob;
  }
}

bool GlobPart::matches(std::string_view text) const {
  switch (kind_) {
    case Kind::literal:
      return text == literal_;
    case Kind::any:
      return true;
    case Kind::glob:
      break;
  }
  return matches_glob(text);
}

// Only the last star is ever tried again: what an earlier one could take, the last can take too.
bool GlobPart::matches_glob(std::string_view text) const {
  constexpr std::size_t none = SIZE_MAX;
  std::size_t at = 0;
  std::size_t step = 0;
  std::size_t after_star = none;
  std::size_t star_end = 0;
  while (at < text.size()) {
    if (step < steps_.size() && steps_[step].token == Token::star) {
      after_star = ++step;
      star_end = at;
    } else if (step < steps_.size() && steps_[step].token == Token::one) {
      at += decode_utf8(text.substr(at)).size;
      ++step;
    } else if (step < steps_.size() && steps_[step].byte == text[at]) {
      ++at;
      ++step;
    } else if (after_star != none) {
      star_end += decode_utf8(text.substr(star_end)).size;
      at = star_end;
      step = after_star;
    } else {
      return false;
    }
  }
  while (step < steps_.size() && steps_[step].token == Token::star) ++step;
  return step == steps_.size();
}

// What stands between two stars is taken where it first fits, in an atomic group that is never
// tried again: any later place leaves less for the rest. The last star alone tries several places.
void GlobPart::append_regex(std::string_view any_character, std::string& out) const {
  const auto stars = std::ranges::count(steps_, Token::star, &Step::token);
  std::ptrdiff_t met = 0;
  bool in_group = false;
  for (const Step step : steps_) {
    if (step.token == Token::byte) {
      append_escaped(step.byte, out);
      continue;
    }
    if (step.token == Token::one) {
      out += any_character;
      continue;
    }
    if (in_group) out += ')';
    in_group = ++met < stars;
    if (in_group) out += "(?>";
    out += any_character;
    out += in_group ? "*?" : "*";
  }
}

Result<NsGlob> NsGlob::parse(std::string_view pattern) {
  if (pattern.empty()) {
    return fail(Cause::usage, "a namespace pattern is empty", "name a database: app, or app.users");
  }
  if (pattern.find('\0') != std::string_view::npos || !is_utf8(pattern)) {
    return bad_pattern(pattern, "is not UTF-8 text", "namespaces are UTF-8 in every MongoDB");
  }
  const Split split = split_pattern(pattern);
  if (split.open_escape) {
    return bad_pattern(pattern, "ends with a \\ that escapes nothing",
                       "write \\\\ for a backslash in a name");
  }
  const std::string_view database = pattern.substr(0, split.database_end);
  const std::string_view collection =
      split.has_dot ? pattern.substr(split.collection_begin) : std::string_view("*");
  if (database.empty()) {
    return bad_pattern(pattern, "has no database before the dot",
                       fmt::format("for any database write '*{}'", pattern));
  }
  if (collection.empty()) {
    return bad_pattern(pattern, "has no collection after the dot",
                       fmt::format("for the whole database write '{}'", database));
  }
  return NsGlob(GlobPart(database), GlobPart(collection));
}

bool NsGlob::matches_name(NamespaceName ns) const {
  if (ns.collection.empty()) return matches_everything();
  return database_.matches(ns.database) && collection_.matches(ns.collection);
}

bool NsGlob::matches(NamespaceName ns) const {
  return matches_name(ns) || (ns.holds_buckets() && matches_name(ns.time_series()));
}

bool NsGlob::covers_database(std::string_view database) const {
  return whole_database() && matches_database(database);
}

std::optional<std::string> NsGlob::literal() const {
  const std::string* database = database_.literal();
  const std::string* collection = collection_.literal();
  if (database == nullptr || collection == nullptr) return std::nullopt;
  return *database + '.' + *collection;
}

std::optional<std::string> NsGlob::buckets_literal() const {
  if (!literal()) return std::nullopt;
  return fmt::format("{}.{}{}", *database_.literal(), NamespaceName::buckets,
                     *collection_.literal());
}

std::optional<std::string_view> NsGlob::database_literal() const {
  const std::string* database = database_.literal();
  if (database == nullptr) return std::nullopt;
  return *database;
}

std::string NsGlob::regex() const {
  std::string out = "^";
  append_regex(out);
  return out;
}

void NsGlob::append_regex(std::string& out) const {
  database_.append_regex("[^.]", out);
  out += "\\.";
  // Ends open rather than with `.*$`: less work for the server, the same result.
  if (collection_.is_any()) return;
  if (!collection_.begins_with_star()) out += "(?:system\\.buckets\\.)?";
  collection_.append_regex("[\\s\\S]", out);
  out += '$';
}

}  // namespace mongotail::match

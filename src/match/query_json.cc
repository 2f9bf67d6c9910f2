#include "match/query_json.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "bson/extended_json.h"
#include "bson/shell_json.h"

namespace mongotail::match {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;

struct Guarded {
  std::string_view key;          ///< as a query has it, quoted
  std::string_view replacement;  ///< what libbson is given instead, quoted
  std::string_view stored;       ///< the replacement as libbson stores it
};

constexpr Guarded guarded_keys[] = {
    {R"("$type")", R"("\u0001type")", "\1type"},
    {R"("$regex")", R"("\u0001regex")", "\1regex"},
    {R"("$options")", R"("\u0001options")", "\1options"},
};

std::string_view without_quotes(std::string_view text) {
  return text.substr(1, text.size() - 2);
}

// One past the closing quote of the string that begins at `at`, or the end of the text.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size(); ++at) {
    if (json[at] == '\\') {
      ++at;
    } else if (json[at] == '"') {
      return at + 1;
    }
  }
  return json.size();
}

bool colon_follows(std::string_view json, std::size_t at) {
  const std::size_t next = json.find_first_not_of(" \t\r\n", at);
  return next != std::string_view::npos && json[next] == ':';
}

std::string guard(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      out += json[at++];
      continue;
    }
    const std::size_t end = end_of_string(json, at);
    const std::string_view text = json.substr(at, end - at);
    const auto* const found = std::ranges::find(guarded_keys, text, &Guarded::key);
    const bool guarded = found != std::end(guarded_keys) && colon_follows(json, end);
    out += guarded ? found->replacement : text;
    at = end;
  }
  return out;
}

bool restore(Document document, int depth, bson::Builder& out) {
  if (depth > bson::max_depth) return false;
  for (const Element& field : document) {
    const auto* const found = std::ranges::find(guarded_keys, field.key(), &Guarded::stored);
    const std::string_view key =
        found != std::end(guarded_keys) ? without_quotes(found->key) : field.key();
    const auto nested = field.as_container();
    if (!nested) {
      out.append(key, field);
      continue;
    }
    field.type() == Type::array ? out.open_array(key) : out.open_document(key);
    if (!restore(*nested, depth + 1, out)) return false;
    out.close();
  }
  return true;
}

}  // namespace

Result<bson::OwnedDocument> parse_query_json(std::string_view json) {
  const auto extended = bson::shell_to_json(json);
  if (!extended) return fail(extended.error());
  const auto parsed = bson::parse_document(guard(*extended));
  if (!parsed) return parsed;
  bson::Builder out;
  if (!restore(parsed->view(), 0, out)) {
    return fail(Cause::usage, "the query is nested too deeply", "write it with fewer levels");
  }
  return out.take();
}

}  // namespace mongotail::match

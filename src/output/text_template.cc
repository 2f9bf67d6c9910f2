#include "output/text_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/safe_text.h"
#include "base/suggest.h"
#include "oplog/command.h"
#include "oplog/namespace.h"
#include "output/bare_value.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

// What entries are known to have at their top level, beside what has a name of ours.
constexpr std::array<std::string_view, 29> entry_fields = {
    "o", "o2", "ui", "wall", "lsid", "txnNumber", "txnOpIndex", "stmtId", "t", "v", "h", "b",
    "prevOpTime", "preImageOpTime", "postImageOpTime", "needsRetryImage", "fromMigrate",
    "destinedRecipient", "fromTenantMigration", "tid", "checkExistenceForDiffInsert", "multiOpType",
    "rid", "versionContext", "isTimeseries", "container", "m",
    // Of --state.
    "state", "stateUnknown"};

constexpr std::string_view json_suffix = ":json";

tl::unexpected<Error> bad_template(std::string what, std::string hint) {
  return fail(Cause::usage, "--format: " + std::move(what), std::move(hint));
}

// Walks down from the entry's top level; an index into an array is that element's key.
std::optional<bson::Element> find_path(bson::Document document,
                                       const std::vector<std::string>& path) {
  std::optional<bson::Element> found;
  for (const std::string& key : path) {
    found = document.find(key);
    if (!found) return std::nullopt;
    document = found->as_container().value_or(bson::Document());
  }
  return found;
}

std::size_t column(std::string_view whole, std::string_view rest) {
  return whole.size() - rest.size() + 1;
}

}  // namespace

struct TextTemplate::KnownName {
  std::string_view name;
  Kind kind;

  static constexpr std::array<KnownName, 13> all() {
    return {{{"ts", Kind::ts},
             {"time", Kind::time},
             {"op", Kind::op},
             {"verb", Kind::verb},
             {"ns", Kind::ns},
             {"db", Kind::db},
             {"coll", Kind::coll},
             {"id", Kind::id},
             {"change", Kind::change},
             {"user", Kind::user},
             {"cursor", Kind::cursor},
             {"shard", Kind::shard},
             {"source", Kind::shard}}};
  }
};

TextTemplate::TextTemplate(Options options)
    : json_of_fields_(options.json_mode),
      short_line_({.ascii = options.ascii}),
      users_(std::move(options.users)) {}

Error TextTemplate::unknown_name(std::string_view name, std::string_view key) {
  std::vector<std::string> names;
  for (const KnownName& known : KnownName::all()) names.emplace_back(known.name);
  names.insert(names.end(), entry_fields.begin(), entry_fields.end());
  const auto meant = closest(key.substr(0, key.find(':')), names);
  return {Cause::usage, fmt::format("--format: {{{}}} is not a field of an entry", safe_text(name)),
          meant ? fmt::format("did you mean {{{}}}?", *meant)
                : fmt::format("a document's own fields are in o, as {{o.{}}}", safe_text(name))};
}

Result<TextTemplate::Part> TextTemplate::parse_path(std::string_view name) {
  Part part{Kind::path, false, {}, {}};
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view key = rest.substr(0, dot);
    if (key.empty() || key.find_first_of("{ \t\n") != std::string_view::npos) {
      return bad_template(fmt::format("{{{}}} does not name a field", safe_text(name)),
                          "write fields as {ts}, {ns} or {o.status}; {{ is a literal brace");
    }
    part.path.emplace_back(key);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  const std::string& first = part.path.front();
  if (std::ranges::find(entry_fields, first) == entry_fields.end()) {
    const bool ours = std::ranges::any_of(
        KnownName::all(), [&](const KnownName& known) { return known.name == first; });
    if (!ours) return fail(unknown_name(name, first));
    return bad_template(fmt::format("{{{}}} has no fields in it", first),
                        fmt::format("write {{{}}}, or a document's field as {{o.status}}", first));
  }
  return part;
}

Result<TextTemplate::Part> TextTemplate::parse_field(std::string_view name) {
  const bool as_json = name.ends_with(json_suffix);
  if (as_json) name.remove_suffix(json_suffix.size());
  for (const KnownName& known : KnownName::all()) {
    if (known.name == name) return Part{known.kind, as_json, {}, {}};
  }
  auto part = parse_path(name);
  if (part) part->as_json = as_json;
  return part;
}

void TextTemplate::add_literal(std::string_view text) {
  if (parts_.empty() || parts_.back().kind != Kind::literal) parts_.emplace_back();
  parts_.back().text += text;
}

// With its escapes; a backslash before anything else is one.
void TextTemplate::add_text(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 't' || next == 'n' || next == '\\') {
      plain += next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
      ++i;
    } else {
      plain += text[i];
    }
  }
  add_literal(plain);
}

Result<TextTemplate> TextTemplate::parse(std::string_view text, Options options) {
  TextTemplate result(std::move(options));
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t brace = rest.find_first_of("{}");
    result.add_text(rest.substr(0, brace));
    if (brace == std::string_view::npos) break;
    rest.remove_prefix(brace);
    if (rest.size() > 1 && rest[1] == rest[0]) {
      result.add_literal(rest.substr(0, 1));
      rest.remove_prefix(2);
      continue;
    }
    if (rest[0] == '}') {
      return bad_template(fmt::format("the }} at column {} closes nothing", column(text, rest)),
                          "write }} for a literal brace");
    }
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) {
      return bad_template(fmt::format("the {{ at column {} is never closed", column(text, rest)),
                          "write {{ for a literal brace");
    }
    auto part = parse_field(rest.substr(1, close - 1));
    if (!part) return fail(part.error());
    result.parts_.push_back(*std::move(part));
    rest.remove_prefix(close + 1);
  }
  return result;
}

Status TextTemplate::append_value(const bson::Element& value, bool as_json, std::string& out) {
  if (!as_json && append_bare_value(value, dates_, out)) return {};
  std::string json;
  JsonWriter& writer = as_json ? json_of_fields_ : json_;
  if (auto status = writer.append_value(value, json); !status) return status;
  append_safe_text(json, out);
  return {};
}

void TextTemplate::append_time(const oplog::Operation& operation, std::string& out) {
  const auto millis = operation.entry.wall ? operation.entry.wall->as_date() : std::nullopt;
  if (!millis || *millis < first_text_date || *millis > last_text_date) return;
  char text[24];
  out.append(text, dates_.put(text, *millis, true));
}

// Text, but for ids and paths.
Status TextTemplate::append_field(const Part& part, const oplog::Operation& operation,
                                  const SourceTag& tag, std::string& out) {
  const oplog::Entry& entry = operation.entry;
  switch (part.kind) {
    case Kind::ts:
      out += oplog::to_string(operation.optime.ts);
      break;
    case Kind::time:
      append_time(operation, out);
      break;
    case Kind::cursor:
      append_cursor_after(operation, tag, out);
      break;
    case Kind::op:
      out += entry.op;
      break;
    case Kind::verb:
      out += verb_text(entry);
      break;
    case Kind::ns:
      out += oplog::named_namespace(entry);
      break;
    case Kind::db:
      out += oplog::NamespaceName::split(oplog::named_namespace(entry)).database;
      break;
    case Kind::coll:
      out += oplog::NamespaceName::split(oplog::named_namespace(entry)).collection;
      break;
    case Kind::change:
      if (!short_line_.append_change(entry, out)) {
        return fail(Cause::damaged, fmt::format("the BSON of the entry at {} is damaged",
                                                oplog::to_string(operation.optime.ts)));
      }
      break;
    case Kind::shard:
      out += tag.name;
      break;
    case Kind::user:
      if (users_) out += users_->name_of(entry);
      break;
    case Kind::literal:
    case Kind::id:
    case Kind::path:
      break;
  }
  return {};
}

Status TextTemplate::append_part(const Part& part, const oplog::Operation& operation,
                                 const SourceTag& tag, std::string& out) {
  if (part.kind == Kind::literal) {
    out += part.text;
    return {};
  }
  if (part.kind == Kind::id || part.kind == Kind::path) {
    const auto value = part.kind == Kind::id ? document_id(operation.entry)
                                             : find_path(operation.entry.document, part.path);
    return value ? append_value(*value, part.as_json, out) : Status();
  }
  std::string text;
  if (auto status = append_field(part, operation, tag, text); !status) return status;
  if (part.as_json && !text.empty()) {
    std::string json;
    append_json_string(text, json);
    append_safe_text(json, out);
  } else {
    append_safe_text(text, out);
  }
  return {};
}

Status TextTemplate::append(const oplog::Operation& operation, const SourceTag& tag,
                            std::string& out) {
  const std::size_t before = out.size();
  for (const Part& part : parts_) {
    if (auto status = append_part(part, operation, tag, out); !status) {
      out.resize(before);
      return status;
    }
  }
  out += '\n';
  return {};
}

}  // namespace mongotail::output

#include "output/text_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/safe_text.h"
#include "oplog/command.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

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

Result<TextTemplate::Part> TextTemplate::parse_field(std::string_view name) {
  constexpr std::pair<std::string_view, Kind> names[] = {
      {"ts", Kind::ts}, {"time", Kind::time}, {"op", Kind::op},      {"verb", Kind::verb},
      {"ns", Kind::ns}, {"id", Kind::id},     {"shard", Kind::shard}, {"source", Kind::shard}};
  const auto* known = std::find_if(std::begin(names), std::end(names),
                                   [&](const auto& entry) { return entry.first == name; });
  if (known != std::end(names)) return Part{known->second, {}, {}};

  Part part{Kind::path, {}, {}};
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view key = rest.substr(0, dot);
    if (key.empty() || key.find_first_of("{ \t\n") != std::string_view::npos) {
      return bad_template(fmt::format("{{{}}} does not name a field", name),
                          "fields look like {ts}, {ns} or {o.status}; {{ is a literal brace");
    }
    part.path.emplace_back(key);
    if (dot == std::string_view::npos) return part;
    rest.remove_prefix(dot + 1);
  }
}

void TextTemplate::add_literal(std::string_view text) {
  if (parts_.empty() || parts_.back().kind != Kind::literal) parts_.emplace_back();
  parts_.back().text += text;
}

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  TextTemplate result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t brace = rest.find_first_of("{}");
    result.add_literal(rest.substr(0, brace));
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

Status TextTemplate::append_value(const bson::Element& value, std::string& out) {
  if (value.type() == bson::Type::string) {
    append_safe_text(*value.as_text(), out);
    return {};
  }
  std::string json;
  if (auto status = json_.append_value(value, json); !status) return status;
  append_safe_text(json, out);
  return {};
}

void TextTemplate::append_time(const oplog::Operation& operation, std::string& out) {
  const auto millis = operation.entry.wall ? operation.entry.wall->as_date() : std::nullopt;
  if (!millis || *millis < first_text_date || *millis > last_text_date) return;
  char text[24];
  out.append(text, dates_.put(text, *millis, true));
}

Status TextTemplate::append_part(const Part& part, const oplog::Operation& operation,
                                 std::string_view shard, std::string& out) {
  const oplog::Entry& entry = operation.entry;
  std::optional<bson::Element> value;
  switch (part.kind) {
    case Kind::literal:
      out += part.text;
      return {};
    case Kind::ts:
      out += oplog::to_string(operation.optime.ts);
      return {};
    case Kind::time:
      append_time(operation, out);
      return {};
    case Kind::op:
      append_safe_text(entry.op, out);
      return {};
    case Kind::verb:
      append_safe_text(verb_text(entry), out);
      return {};
    case Kind::ns:
      append_safe_text(oplog::named_namespace(entry), out);
      return {};
    case Kind::shard:
      append_safe_text(shard, out);
      return {};
    case Kind::id:
      value = document_id(entry);
      break;
    case Kind::path:
      value = find_path(entry.document, part.path);
      break;
  }
  return value ? append_value(*value, out) : Status();
}

Status TextTemplate::append(const oplog::Operation& operation, std::string_view shard,
                            std::string& out) {
  const std::size_t before = out.size();
  for (const Part& part : parts_) {
    if (auto status = append_part(part, operation, shard, out); !status) {
      out.resize(before);
      return status;
    }
  }
  out += '\n';
  return {};
}

}  // namespace mongotail::output

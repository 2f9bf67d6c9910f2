#include "match/changed.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "match/bson_compare.h"
#include "match/literal.h"

namespace mongotail::match {
namespace {

// `items[3].qty` as `items.3.qty`.
std::string with_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t close = path.find(']');
    const bool index = path.front() == '[' && !out.empty() && close != std::string_view::npos &&
                       all_digits(path.substr(1, close - 1));
    if (!index) {
      out += path.front();
      path.remove_prefix(1);
      continue;
    }
    out += '.';
    out += path.substr(1, close - 1);
    path.remove_prefix(close + 1);
  }
  return out;
}

bool has_empty_part(std::string_view path) {
  return path.empty() || path.front() == '.' || path.back() == '.' ||
         path.find("..") != std::string_view::npos;
}

}  // namespace

Result<ChangedPath> ChangedPath::parse(std::string_view text) {
  ChangedPath path;
  const std::size_t equals = text.find('=');
  path.path_ = with_dots(text.substr(0, equals));
  if (has_empty_part(path.path_)) {
    return fail(Cause::usage, fmt::format("'{}' has no path to a field", text),
                "a path is written status, address.city or lines[0].quantity");
  }
  path.starts_.push_back(0);
  for (std::size_t i = 0; i < path.path_.size(); ++i) {
    if (path.path_[i] == '.') path.starts_.push_back(i + 1);
  }
  if (path.starts_.size() > max_parts) {
    return fail(Cause::usage, "the path is deeper than documents can be",
                "name a field nearer to the document's top");
  }
  if (equals == std::string_view::npos) return path;
  auto value = parse_literal(text.substr(equals + 1));
  if (!value) return fail(std::move(value.error()));
  path.value_ = *std::move(value);
  if (const auto regex = path.value_->view().first()->as_regex()) {
    auto compiled = Regex::compile(regex->pattern, regex->options);
    if (!compiled) return fail(std::move(compiled.error()));
    path.regex_.emplace(*std::move(compiled));
  }
  return path;
}

std::optional<std::string_view> ChangedPath::field() const {
  if (starts_.size() > 1) return std::nullopt;
  return path_;
}

std::optional<bson::Element> ChangedPath::value() const {
  return value_ ? value_->view().first() : std::nullopt;
}

// From each place in the path that may have been met, the key leads on if the path continues with
// it and then ends a part.
ChangedPath::Met ChangedPath::step(const Met& met, std::string_view key, bool may_skip) const {
  Met next;
  if (may_skip) next = met;
  const std::string_view path = path_;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (!met[i] || !path.substr(starts_[i]).starts_with(key)) continue;
    const std::size_t end = starts_[i] + key.size();
    if (end == path.size()) {
      next.set(starts_.size());
    } else if (path[end] == '.') {
      const auto part = std::ranges::lower_bound(starts_, end + 1);
      next.set(static_cast<std::size_t>(part - starts_.begin()));
    }
  }
  return next;
}

bool ChangedPath::touched_by(const oplog::Change& change, Effort& effort) const {
  Met met;
  met.set(0);
  bool first = true;
  for (const oplog::PathKey& key : change.path) {
    // A document's own fields are never indexes.
    met = step(met, key.name, !first && (key.array_index || all_digits(key.name)));
    if (reached(met) && !value_) return true;
    if (met.none()) return false;
    first = false;
  }
  if (!value_) return true;
  const bool puts =
      change.kind == oplog::Change::Kind::set || change.kind == oplog::Change::Kind::append;
  return puts && change.value && given_by(*change.value, met, 0, effort);
}

/// Whether the value, which the parts met lead to, is the one sought or contains it at the rest of
/// the path.
bool ChangedPath::given_by(const bson::Element& value, const Met& met, int depth,
                           Effort& effort) const {
  if (reached(met) && (!value_ || is_value(value, effort))) return true;
  const auto nested = value.as_container();
  return nested && contained_at(*nested, value.type() == bson::Type::array, met, depth + 1, effort);
}

bool ChangedPath::is_value(const bson::Element& value, Effort& effort) const {
  const bson::Element wanted = *value_->view().first();
  if (regex_ && (value.type() == bson::Type::string || value.type() == bson::Type::symbol)) {
    return regex_->found_in(value.as_text().value_or(""), effort);
  }
  return effort.spend(std::min(value.value().size(), wanted.value().size())) &&
         compare_values(value, wanted) == 0;
}

bool ChangedPath::contained_in(bson::Document document, Effort& effort) const {
  Met met;
  met.set(0);
  return contained_at(document, false, met, 0, effort);
}

bool ChangedPath::contained_at(bson::Document document, bool array, const Met& met, int depth,
                               Effort& effort) const {
  if (depth > bson::max_depth) return false;
  for (const bson::Element& field : document) {
    if (!effort.spend(10)) return false;
    const Met next = step(met, field.key(), array);
    if (next.any() && given_by(field, next, depth, effort)) return true;
  }
  return false;
}

bool ChangedPath::matches(const oplog::Entry& operation, Effort& effort) const {
  if (operation.op == "i") return contained_in(operation.o, effort);
  if (operation.op != "u") return false;
  oplog::ChangeReader reader(operation.o);
  if (reader.form() == oplog::UpdateForm::replacement) return contained_in(operation.o, effort);
  while (effort.spend(10) && reader.next()) {
    if (touched_by(reader.change(), effort)) return true;
  }
  return reader.form() == oplog::UpdateForm::unknown;
}

}  // namespace mongotail::match

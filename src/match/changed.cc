#include "match/changed.h"

#include <algorithm>
#include <iterator>

namespace mongotail::match {
namespace {

bool is_index(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<ChangedPath> ChangedPath::parse(std::string_view dotted) {
  if (dotted.empty()) {
    return fail(Cause::usage, "the path of --changed is empty",
                "name a field: status, or items.0.qty");
  }
  ChangedPath path;
  path.path_ = dotted;
  path.starts_.push_back(0);
  for (std::size_t i = 0; i < dotted.size(); ++i) {
    if (dotted[i] == '.') path.starts_.push_back(i + 1);
  }
  if (path.starts_.size() > max_parts) {
    return fail(Cause::usage, "the path of --changed is deeper than documents can be",
                "name a field nearer to the document's top");
  }
  return path;
}

// From each place in the path that may have been met, the key leads on if the path goes on with it
// and then ends a part.
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

bool ChangedPath::touched_by(const std::vector<oplog::PathKey>& keys) const {
  Met met;
  met.set(0);
  bool first = true;
  for (const oplog::PathKey& key : keys) {
    // A document's own fields are never indexes.
    met = step(met, key.name, !first && (key.array_index || is_index(key.name)));
    if (reached(met)) return true;
    if (met.none()) return false;
    first = false;
  }
  return true;
}

bool ChangedPath::contained_in(bson::Document document) const {
  Met met;
  met.set(0);
  return contained_at(document, false, met, 0);
}

bool ChangedPath::contained_at(bson::Document document, bool array, const Met& met,
                               int depth) const {
  if (depth > bson::max_depth) return false;
  for (const bson::Element& field : document) {
    const Met next = step(met, field.key(), array);
    if (reached(next)) return true;
    if (next.none()) continue;
    const auto nested = field.as_container();
    const bool nested_array = field.type() == bson::Type::array;
    if (nested && contained_at(*nested, nested_array, next, depth + 1)) return true;
  }
  return false;
}

bool ChangedPath::matches(const oplog::Entry& operation) const {
  if (operation.op == "i") return contained_in(operation.o);
  if (operation.op != "u") return false;
  oplog::ChangeReader reader(operation.o);
  if (reader.form() == oplog::UpdateForm::replacement) return contained_in(operation.o);
  while (reader.next()) {
    if (touched_by(reader.change().path)) return true;
  }
  return reader.form() == oplog::UpdateForm::unknown;
}

}  // namespace mongotail::match

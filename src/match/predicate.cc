#include "match/predicate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bson/builder.h"
#include "match/changed.h"
#include "match/id_match.h"
#include "match/mql.h"
#include "match/ns_filter.h"
#include "oplog/apply_ops.h"

namespace mongotail::match {
namespace {

bool in_set(const OpSet& ops, std::string_view op) {
  if (op.size() != 1) return ops.unknown;
  switch (op.front()) {
    case 'i':
      return ops.insert;
    case 'u':
      return ops.update;
    case 'd':
      return ops.remove;
    case 'c':
      return ops.command;
    case 'n':
      return ops.noop;
    default:
      return ops.unknown;
  }
}

}  // namespace

class Predicate::Parts {
 public:
  explicit Parts(NsFilter ns_filter) : ns(std::move(ns_filter)) {}

  static Result<std::unique_ptr<const Parts>> make(const Selection& selection);

  // The cheap tests come first.
  bool matches(const oplog::Entry& operation) const {
    return in_set(ops, operation.op) && ns.matches(operation) && matches_content(operation);
  }

  bool matches_applied(const oplog::Entry& entry, bson::Document operation) const;
  bool shows_any_ns_within(bson::Document o) const;

  OpSet ops;
  NsFilter ns;
  std::optional<IdMatch> id;
  std::vector<ChangedPath> changed;
  std::optional<Mql> query;

 private:
  bool matches_content(const oplog::Entry& operation) const {
    return (!id || id->matches(operation)) && matches_changed(operation) &&
           (!query || query->matches(operation.document));
  }

  bool matches_changed(const oplog::Entry& operation) const {
    return changed.empty() || std::ranges::any_of(changed, [&operation](const ChangedPath& path) {
             return path.matches(operation);
           });
  }
};

Result<std::unique_ptr<const Predicate::Parts>> Predicate::Parts::make(const Selection& selection) {
  auto ns = NsFilter::make(selection.ns, selection.ns_exclude, selection.internal);
  if (!ns) return fail(std::move(ns.error()));
  auto parts = std::make_unique<Parts>(*std::move(ns));
  parts->ops = selection.ops;
  if (selection.id) parts->id.emplace(selection.id->view());
  for (const std::string& text : selection.changed) {
    auto path = ChangedPath::parse(text);
    if (!path) return fail(std::move(path.error()));
    parts->changed.push_back(*std::move(path));
  }
  if (selection.query) {
    auto query = Mql::parse(selection.query->view());
    if (!query) return fail(std::move(query.error()));
    parts->query.emplace(*std::move(query));
  }
  return parts;
}

// An operation inside an applyOps as it stands there, with what it has of the entry around it.
bool Predicate::Parts::matches_applied(const oplog::Entry& entry, bson::Document operation) const {
  const auto parsed = oplog::Entry::parse(operation);
  if (!parsed) return false;
  if (!query) return matches(*parsed);
  bson::Builder whole;
  for (const bson::Element& field : operation) whole.append(field);
  for (const std::string_view name : {"ts", "t", "v", "wall", "lsid", "txnNumber"}) {
    const auto outer = entry.document.find(name);
    if (outer && !operation.find(name)) whole.append(*outer);
  }
  const auto joined = oplog::Entry::parse(whole.finish());
  return joined && matches(*joined);
}

bool Predicate::Parts::shows_any_ns_within(bson::Document o) const {
  oplog::ApplyOpsReader reader(o, oplog::OnDamage::skip);
  bson::Document operation;
  bool empty = true;
  while (reader.next(operation)) {
    empty = false;
    const auto parsed = oplog::Entry::parse(operation);
    if (parsed && ns.matches(*parsed)) return true;
  }
  return empty;
}

Predicate::Predicate(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Predicate::~Predicate() = default;
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;

Result<Predicate> Predicate::make(const Selection& selection) {
  auto parts = Parts::make(selection);
  if (!parts) return fail(std::move(parts.error()));
  return Predicate(*std::move(parts));
}

bool Predicate::matches(const oplog::Entry& operation) const {
  return parts_->matches(operation);
}

bool Predicate::matches_stored(const oplog::Entry& entry) const {
  if (entry.command_name() != "applyOps") return parts_->matches(entry);
  oplog::ApplyOpsReader reader(entry.o, oplog::OnDamage::skip);
  bson::Document operation;
  while (reader.next(operation)) {
    if (parts_->matches_applied(entry, operation)) return true;
  }
  return !parts_->ns.has_patterns() && parts_->matches(entry) &&
         parts_->shows_any_ns_within(entry.o);
}

}  // namespace mongotail::match

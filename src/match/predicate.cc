#include "match/predicate.h"

#include <utility>

#include "match/ns_filter.h"

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
  OpSet ops;
  bool hide_migrated = false;
  NsFilter ns;

  bool matches_all_but_ns(const oplog::Entry& entry) const {
    return in_set(ops, entry.op) && !(hide_migrated && entry.from_migrate);
  }
};

Predicate::Predicate(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Predicate::~Predicate() = default;
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;

Result<Predicate> Predicate::make(const Selection& selection) {
  auto ns = NsFilter::make(selection.ns, selection.ns_exclude, selection.internal);
  if (!ns) return fail(std::move(ns.error()));
  return Predicate(
      std::make_unique<const Parts>(Parts{selection.ops, selection.hide_migrated, *std::move(ns)}));
}

bool Predicate::matches(const oplog::Entry& operation) const {
  return in_set(parts_->ops, operation.op) && parts_->ns.matches(operation) &&
         parts_->matches_all_but_ns(operation);
}

bool Predicate::matches_stored(const oplog::Entry& entry) const {
  return matches(entry);
}

}  // namespace mongotail::match

#include "match/predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bson/builder.h"
#include "bson/extended_json.h"
#include "match/changed.h"
#include "match/id_match.h"
#include "match/mql.h"
#include "match/ns_filter.h"
#include "oplog/apply_ops.h"
#include "oplog/user.h"

namespace mongotail::match {
namespace {

bool in_set(const OpSet& ops, const oplog::Entry& operation) {
  if (operation.op.size() != 1) return ops.unknown;
  switch (operation.op.front()) {
    case 'i':
      return ops.insert;
    case 'u':
      return ops.update;
    case 'd':
      return ops.remove;
    case 'c':
      return ops.command ||
             (!ops.commands.empty() &&
              std::ranges::find(ops.commands, operation.command_name()) != ops.commands.end());
    case 'n':
      return ops.noop;
    default:
      return ops.unknown;
  }
}

// Whoever reads this may not see the entry.
Error bound_too_costly(const Effort& effort) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(effort.limit());
  return {Cause::too_costly,
          fmt::format("what may be seen of the stream could not be decided within {} ms",
                      milliseconds.count()),
          "simplify the query that the server was started with"};
}

}  // namespace

class Predicate::Parts {
 public:
  explicit Parts(NsFilter ns_filter) : ns(std::move(ns_filter)) {}

  static Result<std::unique_ptr<const Parts>> make(const Selection& selection);

  // The cheap tests come first.
  bool matches(const oplog::Entry& operation, Effort& effort) const {
    return admits(operation) && matches_content(operation, effort);
  }
  bool admits(const oplog::Entry& operation) const {
    return in_set(ops, operation) && ns.matches(operation);
  }

  /// `bound` may be null.
  bool matches_stored(const oplog::Entry& entry, const Parts* bound, Effort& effort) const;
  bool matches_time_series(const oplog::Entry& operation) const {
    return ns.matches_time_series(operation);
  }
  Error too_costly(const oplog::Entry& entry, const Effort& effort) const;

 private:
  bool matches_applied(const oplog::Entry& entry, bson::Document operation, Effort& effort) const;
  bool shows_any_ns_within(bson::Document o) const;

  bool matches_content(const oplog::Entry& operation, Effort& effort) const {
    return (users.empty() || is_by_user(operation)) && (!id || id->matches(operation)) &&
           matches_changed(operation, effort) &&
           (!query || query->matches(operation.document, effort));
  }

  bool is_by_user(const oplog::Entry& operation) const {
    const auto user = oplog::user_id_of(operation);
    return user && std::ranges::find(users, *user) != users.end();
  }

  bool matches_changed(const oplog::Entry& operation, Effort& effort) const {
    return changed.empty() || std::ranges::any_of(changed, [&](const ChangedPath& path) {
             return path.matches(operation, effort);
           });
  }

  OpSet ops;
  NsFilter ns;
  std::vector<oplog::UserId> users;
  std::optional<IdMatch> id;
  std::vector<ChangedPath> changed;
  std::optional<Mql> query;
  std::string costly_text;  // what may take long, for errors
};

Result<std::unique_ptr<const Predicate::Parts>> Predicate::Parts::make(const Selection& selection) {
  auto ns = NsFilter::make(selection.ns, selection.ns_exclude, selection.internal);
  if (!ns) return fail(std::move(ns.error()));
  auto parts = std::make_unique<Parts>(*std::move(ns));
  parts->ops = selection.ops;
  for (const std::string& user : selection.users) parts->users.push_back(oplog::user_id(user));
  if (selection.id) parts->id.emplace(selection.id->view());
  for (const std::string& text : selection.changed) {
    parts->costly_text = "the filter --changed " + text;
    auto path = ChangedPath::parse(text);
    if (!path) return fail(std::move(path.error()));
    parts->changed.push_back(*std::move(path));
  }
  if (selection.query) {
    auto query = Mql::parse(selection.query->view());
    if (!query) return fail(std::move(query.error()));
    parts->query.emplace(*std::move(query));
    parts->costly_text = "the query " + bson::to_text(selection.query->view());
  }
  return parts;
}

// An operation inside an applyOps as it is stored, with what it inherits from the entry around it.
bool Predicate::Parts::matches_applied(const oplog::Entry& entry, bson::Document operation,
                                       Effort& effort) const {
  const auto parsed = oplog::Entry::parse(operation);
  if (!parsed) return false;
  if (!query && users.empty()) return matches(*parsed, effort);
  bson::Builder whole;
  for (const bson::Element& field : operation) whole.append(field);
  for (const std::string_view name : {"ts", "t", "v", "wall", "lsid", "txnNumber"}) {
    const auto outer = entry.document.find(name);
    if (outer && !operation.find(name)) whole.append(*outer);
  }
  const auto joined = oplog::Entry::parse(whole.finish());
  return joined && matches(*joined, effort);
}

bool Predicate::Parts::matches_stored(const oplog::Entry& entry, const Parts* bound,
                                      Effort& effort) const {
  const auto both = [this, bound](const auto& test) {
    return (bound == nullptr || test(*bound)) && test(*this);
  };
  if (entry.command_name() != "applyOps") {
    return both([&](const Parts& parts) { return parts.matches(entry, effort); });
  }
  oplog::ApplyOpsReader reader(entry.o, oplog::OnDamage::skip);
  bson::Document operation;
  while (!effort.spent() && reader.next(operation)) {
    if (both([&](const Parts& it) { return it.matches_applied(entry, operation, effort); })) {
      return true;
    }
  }
  return both([&](const Parts& parts) {
    return !parts.ns.has_patterns() && parts.matches(entry, effort) &&
           parts.shows_any_ns_within(entry.o);
  });
}

Error Predicate::Parts::too_costly(const oplog::Entry& entry, const Effort& effort) const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(effort.limit());
  return {Cause::too_costly,
          fmt::format("{} was stopped after {} ms on the entry {} of {}", costly_text,
                      milliseconds.count(), oplog::to_string(entry.optime.ts), entry.ns),
          "simplify its regular expressions (begin them with ^, use .* at most once), or select "
          "fewer namespaces"};
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

Result<Predicate> Predicate::make(const Selection& selection, const Selection& bound) {
  auto predicate = make(selection);
  auto parts = Parts::make(bound);
  if (!parts) return fail(std::move(parts.error()));
  if (predicate) predicate->bound_ = *std::move(parts);
  return predicate;
}

Result<bool> Predicate::matches(const oplog::Entry& operation, Effort& effort) const {
  if (bound_) {
    const bool seen = bound_->matches(operation, effort);
    if (effort.spent()) return fail(bound_too_costly(effort));
    if (!seen) return false;
  }
  const bool matching = parts_->matches(operation, effort);
  if (effort.spent()) return fail(parts_->too_costly(operation, effort));
  return matching;
}

Result<bool> Predicate::matches(const oplog::Entry& operation) const {
  Effort effort(longest_evaluation);
  return matches(operation, effort);
}

bool Predicate::rules_out(std::string_view op, std::string_view ns) const {
  oplog::Entry entry;
  entry.op = op;
  entry.ns = ns;
  if (entry.is_command()) return false;
  return !parts_->admits(entry) || (bound_ && !bound_->admits(entry));
}

bool Predicate::matches_time_series(const oplog::Entry& operation) const {
  return parts_->matches_time_series(operation);
}

Result<bool> Predicate::matches_stored(const oplog::Entry& entry) const {
  Effort effort(longest_evaluation);
  const bool matching = parts_->matches_stored(entry, bound_.get(), effort);
  if (effort.spent() && bound_) return fail(bound_too_costly(effort));
  if (effort.spent()) return fail(parts_->too_costly(entry, effort));
  return matching;
}

}  // namespace mongotail::match

#include "tail/namespace_tally.h"

#include <algorithm>
#include <set>

#include "oplog/command.h"
#include "oplog/entry.h"

namespace mongotail::tail {
namespace {

// What a person can read is far less; an oplog may hold names without end.
constexpr std::size_t most_namespaces = 1'000;

/// The distinct namespaces of the operations in an applyOps.
std::set<std::string> inner_namespaces(bson::Document command) {
  std::set<std::string> names;
  const auto list = command.find("applyOps");
  const auto operations = list ? list->as_array() : std::nullopt;
  if (!operations) return names;
  for (const bson::Element& element : *operations) {
    const auto operation = element.as_document();
    const auto ns = operation ? operation->find("ns") : std::nullopt;
    if (const auto text = ns ? ns->as_text() : std::nullopt) names.emplace(*text);
  }
  return names;
}

}  // namespace

void NamespaceTally::add(bson::Document document) {
  const auto entry = oplog::Entry::parse(document);
  if (!entry || entry->op == "n") return;
  const std::lock_guard lock(mutex_);
  ++entries_;
  const std::set<std::string> inner = inner_namespaces(entry->o);
  if (inner.empty()) return count(oplog::named_namespace(*entry));
  for (const std::string& ns : inner) count(ns);
}

void NamespaceTally::count(std::string ns) {
  const auto found = namespaces_.find(ns);
  if (found != namespaces_.end()) {
    ++found->second;
  } else if (namespaces_.size() < most_namespaces) {
    namespaces_.emplace(std::move(ns), 1);
  }
}

NamespaceTally::Seen NamespaceTally::seen() const {
  const std::lock_guard lock(mutex_);
  Seen seen{entries_, {namespaces_.begin(), namespaces_.end()}};
  std::ranges::stable_sort(seen.namespaces, std::greater(),
                           &std::pair<std::string, std::uint64_t>::second);
  return seen;
}

Result<std::optional<oplog::Batch>> TalliedSource::next() {
  auto batch = source_->next();
  if (batch && *batch && !tally_->stopped()) {
    for (const bson::Document& entry : (*batch)->entries) tally_->add(entry);
  }
  return batch;
}

}  // namespace mongotail::tail

#include "serve/interest_index.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "match/id_hash.h"
#include "match/id_match.h"
#include "match/ns_glob.h"

namespace mongotail::serve {
namespace {

void erase(std::vector<Interest*>& from, const Interest* interest) {
  std::erase(from, interest);
}

template <typename Map, typename Key>
void erase(Map& from, const Key& key, const Interest* interest) {
  const auto found = from.find(key);
  if (found == from.end()) return;
  erase(found->second, interest);
  if (found->second.empty()) from.erase(found);
}

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

/// The names that the patterns select, all of them whole; nullopt if one is not.
template <typename Name>
std::optional<std::vector<std::string>> names_of(const std::vector<std::string>& patterns,
                                                 Name name_of) {
  std::vector<std::string> names;
  for (const std::string& pattern : patterns) {
    const auto glob = match::NsGlob::parse(pattern);
    const auto name = glob ? name_of(*glob) : std::nullopt;
    if (!name) return std::nullopt;
    names.emplace_back(*name);
  }
  if (names.empty()) return std::nullopt;
  sort_unique(names);
  return names;
}

}  // namespace

InterestIndex::Place InterestIndex::place_of(const match::Selection& selection) {
  if (selection.id) {
    const auto id = selection.id->view().first();
    if (id) return {Kind::id, match::hash_of_id(*id), {}};
  }
  const auto whole = [](const match::NsGlob& glob) { return glob.literal(); };
  const auto buckets = [](const match::NsGlob& glob) { return glob.buckets_literal(); };
  if (auto names = names_of(selection.ns, whole)) {
    const auto of_time_series = names_of(selection.ns, buckets);
    names->insert(names->end(), of_time_series->begin(), of_time_series->end());
    sort_unique(*names);
    return {Kind::ns, 0, *std::move(names)};
  }
  const auto database = [](const match::NsGlob& glob) -> std::optional<std::string> {
    const auto name = glob.database_literal();
    return name ? std::optional<std::string>(*name) : std::nullopt;
  };
  if (auto names = names_of(selection.ns, database)) return {Kind::database, 0, *std::move(names)};
  return {};
}

Result<Interest*> InterestIndex::find_or_add(const match::Selection& selection, Seq next) {
  std::string key = selection_key(selection);
  if (const auto found = interests_.find(key); found != interests_.end()) {
    return found->second.get();
  }
  auto predicate = match::Predicate::make(selection);
  if (!predicate) return fail(std::move(predicate.error()));
  auto owned = std::make_unique<Interest>(key, selection, *std::move(predicate), next);
  Interest* interest = owned.get();
  const Place place = place_of(selection);
  if (place.kind == Kind::id) by_id_[place.id_hash].push_back(interest);
  if (place.kind == Kind::other) other_.push_back(interest);
  if (place.kind != Kind::id) not_by_id_.push_back(interest);
  for (const std::string& name : place.names) {
    (place.kind == Kind::ns ? by_ns_ : by_database_)[name].push_back(interest);
  }
  interests_.emplace(std::move(key), std::move(owned));
  return interest;
}

void InterestIndex::remove(Interest* interest) {
  const Place place = place_of(interest->selection());
  if (place.kind == Kind::id) erase(by_id_, place.id_hash, interest);
  if (place.kind == Kind::other) erase(other_, interest);
  if (place.kind != Kind::id) erase(not_by_id_, interest);
  for (const std::string& name : place.names) {
    erase(place.kind == Kind::ns ? by_ns_ : by_database_, name, interest);
  }
  interests_.erase(interests_.find(interest->key()));
}

void InterestIndex::test(const Interests& interests, const oplog::Entry& operation,
                         Candidates& matching) {
  for (Interest* interest : interests) {
    const Verdict verdict = judge(*interest, operation);
    if (verdict != Verdict::no) matching.push_back({interest, verdict});
  }
}

void InterestIndex::test(const ByText& interests, std::string_view name,
                         const oplog::Entry& operation, Candidates& matching) {
  const auto found = interests.find(name);
  if (found != interests.end()) test(found->second, operation, matching);
}

void InterestIndex::match(const oplog::Entry& operation, Candidates& matching) {
  // A command matches by what it names, which may be more than its own namespace.
  if (operation.is_command()) return test(not_by_id_, operation, matching);
  test(other_, operation, matching);
  if (!by_ns_.empty()) test(by_ns_, operation.ns, operation, matching);
  if (!by_database_.empty()) {
    const auto database = match::NamespaceName::split(operation.ns).database;
    test(by_database_, database, operation, matching);
  }
  if (by_id_.empty()) return;
  const auto id = match::IdMatch::id_of(operation);
  const auto found = id ? by_id_.find(match::hash_of_id(*id)) : by_id_.end();
  if (found != by_id_.end()) test(found->second, operation, matching);
}

}  // namespace mongotail::serve

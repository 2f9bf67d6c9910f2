#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "oplog/apply_changes.h"
#include "random_seed.h"
#include "state/state_support.h"

namespace mongotail::state {
namespace {

using Tree = oplog::Value;

/// Random documents, and updates of them as a server logs them.
class Random {
 public:
  explicit Random(std::uint32_t seed) : random_(seed) {}

  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  Tree document() {
    Tree value = object(0);
    Tree id{bson::Type::int32, {1, 0, 0, 0}, {}};
    value.fields.insert(value.fields.begin(), oplog::Field{"_id", id});
    return value;
  }

  /// `$v: 1`; paths that don't meet, each of which fits what the ones before it lead to.
  bson::OwnedDocument modifiers(Tree before) {
    std::set<std::string> taken;
    bson::Builder set, unset;
    for (int i = 1 + pick(3); i > 0; --i) {
      const bool sets = pick(4) != 0;
      const std::string path = random_path(before, sets);
      if (path.empty() || !is_free(taken, path)) continue;
      taken.insert(path);
      const Tree value = any(2);
      sets ? append(set, path, value) : static_cast<void>(unset.append(path, true));
      bson::Builder one;
      one.open_document(sets ? "$set" : "$unset");
      append(one, path, value);
      const auto update = one.take();
      const auto document = oplog::document_of(before);
      const auto after =
          oplog::apply_changes(document.view(), *oplog::describe_update(update.view()));
      before = oplog::value_of(after.view());
    }
    bson::Builder update;
    update.append("$v", 1);
    const auto sets = set.take(), unsets = unset.take();
    if (!sets.view().empty()) update.append("$set", sets.view());
    if (!unsets.view().empty()) update.append("$unset", unsets.view());
    return update.take();
  }

  /// `$v: 2`; `value` becomes what it leads to.
  bson::OwnedDocument delta(Tree& value) {
    bson::Builder update;
    update.append("$v", 2).open_document("diff");
    change_object(value, update);
    return update.take();
  }

 private:
  std::string name() {
    constexpr const char* names[] = {"a", "b", "s", "l", "u1", "0", "1"};
    return names[pick(7)];
  }

  Tree object(int depth) {
    Tree value{bson::Type::document, {}, {}};
    for (int i = pick(5); i > 0; --i) {
      const std::string key = name();
      if (value.find(key) == nullptr) value.add(key, any(depth + 1));
    }
    return value;
  }

  Tree any(int depth) {
    const int what = depth > 3 ? 0 : pick(5);
    if (what == 1) return object(depth);
    if (what == 2) {
      Tree array{bson::Type::array, {}, {}};
      for (int i = pick(5); i > 0; --i) array.push_back(any(depth + 1));
      return array;
    }
    if (what == 3 && pick(3) == 0) return {};
    Tree number{bson::Type::int32, {0, 0, 0, 0}, {}};
    number.bytes[0] = static_cast<std::uint8_t>(pick(4));
    return number;
  }

  // Something that is there, or for `sets` something that can be made.
  std::string random_path(const Tree& root, bool sets) {
    const Tree* at = &root;
    std::string path;
    for (;;) {
      if (!path.empty()) path += '.';
      std::string key;
      if (at->is_array()) {
        const int size = static_cast<int>(at->fields.size());
        if (!sets && size == 0) return "";
        key = std::to_string(pick(sets ? size + 3 : size));
      } else {
        key = sets || at->fields.empty() ? name() : at->fields[random_() % at->fields.size()].first;
      }
      path += key;
      if (path == "_id") return "";
      const Tree* const next = const_cast<Tree*>(at)->find(key);
      if (next == nullptr && !sets) return "";
      if (next == nullptr) return pick(2) == 0 ? path : path + '.' + name();
      if (!next->is_container() || pick(3) == 0) return path;
      at = next;
    }
  }

  static bool is_free(const std::set<std::string>& taken, const std::string& path) {
    return std::ranges::none_of(taken, [&](const std::string& other) {
      return (path + '.').starts_with(other + '.') || (other + '.').starts_with(path + '.');
    });
  }

  void change_object(Tree& value, bson::Builder& diff) {
    std::vector<std::string> removed, set, added, nested;
    for (const auto& field : value.fields) {
      if (field.first == "_id") continue;
      const int what = pick(8);
      if (what == 0) removed.push_back(field.first);
      if (what == 1) set.push_back(field.first);
      if (what == 2) added.push_back(field.first);
      if (what >= 3 && what < 6 && field.second.is_container()) nested.push_back(field.first);
    }
    const std::string fresh = name();
    if (value.find(fresh) == nullptr && pick(2) == 0) added.push_back(fresh);
    section(diff, "d", removed, [&](const std::string& key) {
      value.erase(key);
      diff.append(key, false);
    });
    section(diff, "u", set,
            [&](const std::string& key) { append(diff, key, *value.find(key) = any(2)); });
    section(diff, "i", added, [&](const std::string& key) {
      value.erase(key);
      value.add(key, any(2));
      append(diff, key, value.fields.back().second);
    });
    for (const auto& key : nested) {
      diff.open_document("s" + key);
      Tree& child = *value.find(key);
      child.is_array() ? change_array(child, diff) : change_object(child, diff);
      diff.close();
    }
  }

  void change_array(Tree& array, bson::Builder& diff) {
    diff.append("a", true);
    if (pick(3) == 0 && !array.fields.empty()) {
      const int length = pick(static_cast<int>(array.fields.size()));
      array.fields.resize(static_cast<std::size_t>(length));
      diff.append("l", length);
    }
    for (std::size_t i = 0; i < array.fields.size() + 2; ++i) {
      const int what = pick(5);
      if (what == 0) {
        array.pad(i + 1);
        append(diff, "u" + std::to_string(i), array.fields[i].second = any(2));
      } else if (what == 1 && i < array.fields.size() && array.fields[i].second.is_container()) {
        Tree& child = array.fields[i].second;
        diff.open_document("s" + std::to_string(i));
        child.is_array() ? change_array(child, diff) : change_object(child, diff);
        diff.close();
      }
    }
  }

  template <typename Each>
  static void section(bson::Builder& diff, std::string_view key,
                      const std::vector<std::string>& fields, Each each) {
    if (fields.empty()) return;
    diff.open_document(key);
    for (const auto& field : fields) each(field);
    diff.close();
  }

  std::mt19937 random_;
};

/// What a description says of a document that is known.
class Judge {
 public:
  explicit Judge(const std::vector<std::string>& unknown)
      : unknown_(unknown.begin(), unknown.end()) {}

  /// The first path of which something wrong is said.
  std::string wrong(Tree said, Tree truth) { return wrong_at(said, truth, ""); }
  int known() const { return known_; }

 private:
  bool is_unknown(const std::string& path) const { return unknown_.contains(path); }

  std::string wrong_at(Tree& said, Tree& truth, const std::string& prefix) {
    for (auto& [name, value] : said.fields) {
      const std::string path = prefix + name;
      if (is_unknown(path)) continue;
      Tree* const real = truth.find(name);
      if (real == nullptr || real->type != value.type) return path;
      if (!value.is_container() && real->bytes != value.bytes) return path;
      if (value.is_container()) {
        if (auto found = wrong_at(value, *real, path + '.'); !found.empty()) return found;
      }
      ++known_;
    }
    for (auto& [name, value] : truth.fields) {
      const bool missing = said.find(name) == nullptr;
      if (missing && !is_unknown(prefix + name) && !is_unknown(prefix + '*')) return prefix + name;
    }
    return "";
  }

  std::set<std::string> unknown_;
  int known_ = 0;
};

int count_values(const Tree& value) {
  int count = 0;
  for (const auto& field : value.fields) count += 1 + count_values(field.second);
  return count;
}

struct Totals {
  int states = 0, exact = 0, known = 0, values = 0;
};

std::string story_of(const std::vector<Tree>& truth, const Stream& stream) {
  std::string story;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (i > 0) story += to_json(stream.operations()[i - 1].entry.o) + "\n";
    const auto document = oplog::document_of(truth[i]);
    story += "  " + to_json(document.view()) + "\n";
  }
  return story;
}

void check(std::uint32_t seed, Totals& totals) {
  Random random(seed);
  Tree document = random.document();
  std::vector<Tree> truth = {document};
  Stream stream;
  std::size_t exact_from = SIZE_MAX;
  for (int i = 1 + random.pick(8); i > 0; --i) {
    if (random.pick(40) == 0) {
      document = random.document();
      const auto whole = oplog::document_of(document);
      stream.add("u", whole.view());
      exact_from = std::min(exact_from, truth.size());
    } else if (random.pick(2) == 0) {
      stream.add("u", random.delta(document).view());
    } else {
      const auto update = random.modifiers(document);
      const auto described = oplog::describe_update(update.view());
      ASSERT_TRUE(described);
      const auto before = oplog::document_of(document);
      document = oplog::value_of(oplog::apply_changes(before.view(), *described).view());
      stream.add("u", update.view());
    }
    truth.push_back(document);
  }
  History history;
  for (const auto& operation : stream.operations()) history.see(event_of(operation), operation);
  const auto later = oplog::document_of(document);
  auto found = std::move(history).work_back(Value::of(later.view()));
  ASSERT_EQ(found.has_value(), exact_from == SIZE_MAX) << story_of(truth, stream);
  Tracker tracker(std::move(found));
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (i > 0) tracker.see(event_of(stream.operations()[i - 1]), stream.operations()[i - 1]);
    if (!tracker.document().is(Value::Kind::object)) continue;
    const auto described = describe(tracker.document());
    const auto real = oplog::document_of(truth[i]);
    const std::string said = text_of(tracker.document());
    Judge judge(described.unknown);
    ASSERT_EQ(judge.wrong(oplog::value_of(described.document.view()), truth[i]), "")
        << i << ": " << said << "\n"
        << story_of(truth, stream);
    ++totals.states;
    totals.known += judge.known();
    totals.values += count_values(truth[i]);
    const bool last = i + 1 == truth.size();
    if (i < exact_from && !last) continue;
    ++totals.exact;
    ASSERT_EQ(said, to_json(real.view()));
  }
}

TEST(WorkedBack, RandomHistoriesAreNeverToldWrong) {
  const std::uint32_t seed = random_seed();
  RecordProperty("seed", std::to_string(seed));
  Totals totals;
  for (std::uint32_t i = 0; i < 3000 && !testing::Test::HasFatalFailure(); ++i) {
    SCOPED_TRACE("case " + std::to_string(seed * 10'000 + i));
    check(seed * 10'000 + i, totals);
  }
  EXPECT_GT(totals.states, 10'000);
  EXPECT_GT(totals.exact, 3000);
  // Most of a document is not touched by few updates.
  EXPECT_GT(totals.known * 10, totals.values * 7) << totals.known << " of " << totals.values;
}

}  // namespace
}  // namespace mongotail::state

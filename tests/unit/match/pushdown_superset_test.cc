// Whatever is selected from a real oplog is let through by the server's filter, judged by Mql,
// which the live tests hold against a server.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "match/entries.h"
#include "match/id_match.h"
#include "match/mql.h"
#include "match/predicate.h"
#include "match/pushdown.h"
#include "oplog/apply_ops.h"
#include "oplog/command.h"
#include "oplog/oplog_support.h"
#include "random_seed.h"

namespace mongotail::match {
namespace {

class Selections {
 public:
  Selections(unsigned seed, const std::vector<bson::OwnedDocument>& oplog) : random_(seed) {
    for (const bson::OwnedDocument& document : oplog) collect(document.view());
  }

  Selection next() {
    Selection selection;
    for (std::size_t i = below(3); i > 0; --i) selection.ns.push_back(pattern());
    for (std::size_t i = below(6) / 4; i > 0; --i) selection.ns_exclude.push_back(pattern());
    if (below(3) == 0) {
      selection.ops = {coin(), coin(), coin(), coin(), coin(), coin()};
      const auto names = oplog::command_names();
      for (std::size_t i = below(3); i > 0; --i) {
        selection.ops.commands.emplace_back(names[below(std::min<std::size_t>(names.size(), 17))]);
      }
    }
    if (below(4) == 0) selection.id = ids_[below(ids_.size())];
    for (std::size_t i = below(8) / 5; i > 0; --i) selection.changed.push_back(changed());
    if (below(4) == 0) selection.query = query();
    selection.internal = coin();
    return selection;
  }

 private:
  void collect(bson::Document document) {
    const auto entry = oplog::Entry::parse(document);
    if (!entry) return;
    names_.emplace_back(entry->ns);
    if (const auto id = IdMatch::id_of(*entry)) {
      ids_.push_back(bson::Builder().append("v", *id).take());
    }
    oplog::ApplyOpsReader reader(entry->o);
    bson::Document operation;
    while (reader.next(operation)) collect(operation);
  }

  std::string pattern() {
    std::string name;
    while (name.find('.') == std::string::npos) name = names_[below(names_.size())];
    switch (below(6)) {
      case 0:
        return name.substr(0, name.find('.'));
      case 1:
        return name.substr(0, name.find('.') + 2) + "*";
      case 2:
        return "?" + name.substr(1);
      case 3:
        return "*" + name.substr(name.find('.'));
      default:
        return name;
    }
  }

  std::string changed() {
    constexpr const char* texts[] = {"a",           "a=1",      "a=2",   "b",      "n",
                                     "n=5",         "_id",      "_id=1", "a.b",    "$v",
                                     "items[0]",    "text=/x/", "a=[1]", "a=null", "lines=1",
                                     "status=paid", "state='a'"};
    return texts[below(std::size(texts))];
  }

  bson::OwnedDocument query() {
    constexpr const char* queries[] = {R"({"o.a":{"$gte":1}})",
                                       R"({"o._id":{"$in":[1,2,3]}})",
                                       R"({"o2":{"$exists":true}})",
                                       R"({"ns":{"$ne":"app.users"}})",
                                       R"({"o.a":null})",
                                       R"({"ns":{"$regex":"s$"}})",
                                       R"({"$or":[{"op":"i"},{"o.$v":1}]})",
                                       R"({"lsid":{"$exists":false},"op":{"$nin":["d"]}})"};
    return doc(queries[below(std::size(queries))]);
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool coin() { return below(2) == 0; }

  std::mt19937_64 random_;
  std::vector<std::string> names_;
  std::vector<bson::OwnedDocument> ids_;
};

class PushdownOverRealOplogs : public testing::TestWithParam<const char*> {};

TEST_P(PushdownOverRealOplogs, NoSelectedEntryIsHeldBack) {
  const unsigned seed = random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const auto oplog = oplog::saved_oplog(GetParam());
  Selections selections(seed, oplog);
  int selected = 0;
  int held_back = 0;
  constexpr int cases = 200;
  for (int i = 0; i < cases; ++i) {
    const Selection selection = selections.next();
    const auto predicate = Predicate::make(selection);
    ASSERT_TRUE(predicate) << predicate.error().what;
    for (const auto level : {PushdownLevel::full, PushdownLevel::ns_only}) {
      const auto filter = server_filter(selection, level);
      ASSERT_TRUE(filter) << filter.error().what;
      const auto server = Mql::parse(filter->view());
      ASSERT_TRUE(server) << oplog::to_json(filter->view());
      for (const bson::OwnedDocument& document : oplog) {
        Effort effort(std::chrono::seconds(10));
        const bool sent = server->matches(document.view(), effort);
        held_back += sent ? 0 : 1;
        if (!predicate->matches_stored(oplog::parse_entry(document)).value()) continue;
        ++selected;
        ASSERT_TRUE(sent) << oplog::to_json(filter->view()) << "\nholds back\n"
                          << oplog::to_json(document.view());
      }
    }
  }
  EXPECT_GT(selected, cases);
  EXPECT_GT(held_back, cases);
}

INSTANTIATE_TEST_SUITE_P(Servers, PushdownOverRealOplogs,
                         testing::Values("4.2.6", "5.0.4", "6.0.27"));

}  // namespace
}  // namespace mongotail::match

#include "serve/interest_index.h"

#include <algorithm>
#include <ctime>

#include "match/id_match.h"
#include "match/query_json.h"
#include "serve_support.h"

namespace mongotail::serve {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

match::Selection with_ns(std::vector<std::string> ns) {
  match::Selection selection;
  selection.ns = std::move(ns);
  return selection;
}

match::Selection with_id(std::string_view id) {
  match::Selection selection;
  selection.id = *match::parse_id(id);
  return selection;
}

match::Selection with_query(std::string_view json) {
  match::Selection selection;
  selection.query = *match::parse_query_json(json);
  return selection;
}

class InterestIndexTest : public testing::Test {
 protected:
  Interest* add(const match::Selection& selection) { return *index.find_or_add(selection, 0); }

  std::vector<Interest*> matching(const TestOperation& operation) {
    return matching(operation.get().entry);
  }
  std::vector<Interest*> matching(const oplog::Entry& operation) {
    InterestIndex::Candidates candidates;
    index.match(operation, candidates);
    std::vector<Interest*> found;
    for (const auto& [interest, verdict] : candidates) found.push_back(interest);
    return found;
  }

  InterestIndex index;
};

TEST_F(InterestIndexTest, EqualSelectionsAreOneInterest) {
  EXPECT_EQ(add(with_ns({"a.b", "c.d"})), add(with_ns({"c.d", "a.b", "a.b"})));
  EXPECT_EQ(add(with_query(R"({"o.x":1})")), add(with_query(R"({"o.x": 1})")));
  EXPECT_EQ(index.size(), 2u);
}

TEST_F(InterestIndexTest, DifferentSelectionsAreNot) {
  match::Selection excluded;
  excluded.ns_exclude = {"a.b"};
  match::Selection no_deletes;
  no_deletes.ops.remove = false;
  add({});
  add(with_ns({"a.b"}));
  add(excluded);
  add(no_deletes);
  add(with_id("1"));
  add(with_id(R"("1")"));
  add(with_ns({"a.b1:c"}));
  EXPECT_EQ(index.size(), 7u);
}

TEST_F(InterestIndexTest, EachKindOfSelectionFindsItsOperations) {
  Interest* everything = add({});
  Interest* users = add(with_ns({"app.users"}));
  Interest* app = add(with_ns({"app"}));
  Interest* any_users = add(with_ns({"*.users"}));
  Interest* seven = add(with_id("7"));
  Interest* query = add(with_query(R"({"o._id":{"$gte":8}})"));
  EXPECT_THAT(matching({place_at(1), "app.users", "7"}),
              UnorderedElementsAre(everything, users, app, any_users, seven));
  EXPECT_THAT(matching({place_at(1), "app.carts", "8"}),
              UnorderedElementsAre(everything, app, query));
  EXPECT_THAT(matching({place_at(1), "web.users", "1"}),
              UnorderedElementsAre(everything, any_users));
}

TEST_F(InterestIndexTest, AnInterestInSeveralNamespacesMatchesOnce) {
  Interest* both = add(with_ns({"app.users", "app.carts"}));
  EXPECT_THAT(matching({place_at(1), "app.carts", "1"}), UnorderedElementsAre(both));
  EXPECT_THAT(matching({place_at(1), "app.users", "1"}), UnorderedElementsAre(both));
}

TEST_F(InterestIndexTest, IdsMatchAcrossTypesOfNumbers) {
  Interest* seven = add(with_id("7"));
  Interest* half = add(with_id("0.5"));
  for (const char* id : {"7", "7.0", R"({"$numberLong":"7"})", R"({"$numberDecimal":"7.00"})"}) {
    EXPECT_THAT(matching({place_at(1), "a.b", id}), UnorderedElementsAre(seven)) << id;
  }
  EXPECT_THAT(matching({place_at(1), "a.b", R"({"$numberDecimal":"0.50"})"}),
              UnorderedElementsAre(half));
  EXPECT_THAT(matching({place_at(1), "a.b", R"("7")"}), IsEmpty());
}

TEST_F(InterestIndexTest, ACommandIsFoundByWhatItNames) {
  Interest* users = add(with_ns({"app.users"}));
  Interest* carts = add(with_ns({"app.carts"}));
  add(with_id("1"));
  const auto drop = bson::parse_document(R"({"op":"c","ns":"app.$cmd","o":{"drop":"users"}})");
  const auto move = bson::parse_document(
      R"({"op":"c","ns":"x.$cmd","o":{"renameCollection":"x.y","to":"app.carts"}})");
  EXPECT_THAT(matching(*oplog::Entry::parse(drop->view())), UnorderedElementsAre(users));
  EXPECT_THAT(matching(*oplog::Entry::parse(move->view())), UnorderedElementsAre(carts));
}

TEST_F(InterestIndexTest, WhatWasRemovedIsNotFound) {
  for (const auto& selection : {match::Selection(), with_ns({"app.users"}), with_ns({"app"}),
                                with_id("7"), with_query(R"({"o._id":7})")}) {
    index.remove(add(selection));
  }
  EXPECT_THAT(matching({place_at(1), "app.users", "7"}), IsEmpty());
  EXPECT_EQ(index.size(), 0u);
}

TEST_F(InterestIndexTest, AWrongSelectionIsRefused) {
  const auto refused = index.find_or_add(with_ns({""}), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::usage);
  EXPECT_EQ(index.size(), 0u);
}

TEST_F(InterestIndexTest, QueriesThatTakeLongAreLeftOpenAndTheOthersAreJudged) {
  std::string words;
  while (words.size() < 240'000) words += "lorem ipsum ";
  for (int i = 0; i < 40; ++i) {
    add(with_query(fmt::format(R"({{"o._id":{{"$regex":"(?i)LOREM.*IPSUM.*DOLOR{}"}}}})", i)));
  }
  Interest* quick = add(with_query(R"({"o._id":{"$gt":"a"}})"));
  Interest* all = add({});
  const TestOperation operation(place_at(1), "a.b", '"' + words + '"');
  const auto ten_rounds = [&] {
    for (int round = 0; round < 10; ++round) {
      InterestIndex::Candidates candidates;
      index.match(operation.get().entry, candidates);
      EXPECT_EQ(candidates.size(), 42u);
      for (const auto& [interest, verdict] : candidates) {
        const bool judged = interest == quick || interest == all;
        EXPECT_EQ(verdict, judged ? Verdict::yes : Verdict::open);
      }
    }
  };
  bool within = false;
  for (int attempt = 0; attempt < 5 && !within; ++attempt) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    ten_rounds();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    const double cpu = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    // What they may take at once, what is allowed them anew, and what all else takes here.
    within = cpu < 0.15 + 0.6 * passed.count();
  }
  EXPECT_TRUE(within);
}

TEST(InterestTest, RemembersTheNewestMatches) {
  Interest interest("", {}, *match::Predicate::make({}), 10);
  EXPECT_EQ(interest.known_from(), 10u);
  for (Seq seq = 10; seq < 30'000; seq += 2) interest.note_match({seq, Verdict::yes});
  EXPECT_GT(interest.known_from(), 25'000u);
  EXPECT_EQ(interest.next_match(29'001)->seq, 29'002u);
  EXPECT_EQ(interest.next_match(29'998)->seq, 29'998u);
  EXPECT_FALSE(interest.next_match(29'999));
}

}  // namespace
}  // namespace mongotail::serve

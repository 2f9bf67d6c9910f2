#include "match/predicate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "match/entries.h"

namespace mongotail::match {
namespace {

Predicate make(const Selection& selection) {
  auto predicate = Predicate::make(selection);
  EXPECT_TRUE(predicate) << predicate.error().what;
  return *std::move(predicate);
}

bool selects(const Selection& selection, std::string_view json) {
  return make(selection).matches(TestEntry(json).get()).value();
}

Selection ns_selection(std::vector<std::string> ns, std::vector<std::string> exclude = {}) {
  Selection selection;
  selection.ns = std::move(ns);
  selection.ns_exclude = std::move(exclude);
  return selection;
}

std::string insert_into(std::string_view ns) {
  return fmt::format(R"({{"op":"i","ns":"{}","o":{{"_id":1}}}})", ns);
}

constexpr const char* drop_app = R"({"op":"c","ns":"app.$cmd","o":{"dropDatabase":1}})";
constexpr const char* rename_a_to_b =
    R"({"op":"c","ns":"app.$cmd","o":{"renameCollection":"app.a","to":"app.b"}})";

TEST(Predicate, PatternsAreOredAndExclusionsWin) {
  const Selection selection = ns_selection({"app.*", "log.x"}, {"app.noise*"});
  EXPECT_TRUE(selects(selection, insert_into("app.users")));
  EXPECT_TRUE(selects(selection, insert_into("log.x")));
  EXPECT_FALSE(selects(selection, insert_into("log.y")));
  EXPECT_FALSE(selects(selection, insert_into("app.noise1")));
}

TEST(Predicate, KindAndNamespaceAloneCanRuleOutAllButCommands) {
  Selection selection = ns_selection({"app.*"}, {"app.noise*"});
  selection.ops.remove = false;
  const Predicate predicate = make(selection);
  EXPECT_FALSE(predicate.rules_out("i", "app.users"));
  EXPECT_FALSE(predicate.rules_out("u", "app.system.buckets.users"));
  EXPECT_TRUE(predicate.rules_out("d", "app.users"));
  EXPECT_TRUE(predicate.rules_out("i", "app.noise1"));
  EXPECT_TRUE(predicate.rules_out("i", "log.x"));
  EXPECT_FALSE(predicate.rules_out("c", "log.$cmd"));
  const auto bound = Predicate::make(ns_selection({}), ns_selection({"app.pub"}));
  EXPECT_TRUE(bound->rules_out("i", "app.users"));
  EXPECT_FALSE(bound->rules_out("i", "app.pub"));
}

TEST(Predicate, ABoundIsAndedToTheWish) {
  const auto allowed = Predicate::make(ns_selection({}), ns_selection({"app.pub"}));
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(*allowed->matches(TestEntry(insert_into("app.pub")).get()));
  EXPECT_FALSE(*allowed->matches(TestEntry(insert_into("app.secret")).get()));
  const auto wished = Predicate::make(ns_selection({"app.secret"}), ns_selection({"app.pub"}));
  ASSERT_TRUE(wished);
  EXPECT_FALSE(*wished->matches(TestEntry(insert_into("app.secret")).get()));
  EXPECT_FALSE(*wished->matches(TestEntry(insert_into("app.pub")).get()));
}

TEST(Predicate, OfAStoredTransactionOneOperationMustBeBothAllowedAndWished) {
  const TestEntry entry(
      R"({"op":"c","ns":"admin.$cmd","o":{"applyOps":[)"
      R"({"op":"i","ns":"app.pub","o":{"_id":1}},{"op":"i","ns":"app.secret","o":{"_id":2}}]}})");
  Selection second = ns_selection({});
  second.id = bson::Builder().append("", 2).take();
  const auto selects_within = [&](const char* bound) {
    return *Predicate::make(second, ns_selection({bound}))->matches_stored(entry.get());
  };
  EXPECT_TRUE(*Predicate::make(second)->matches_stored(entry.get()));
  EXPECT_FALSE(selects_within("app.pub"));
  EXPECT_TRUE(selects_within("app.secret"));
}

TEST(Predicate, ACommandIsSelectedByTheCollectionItNames) {
  const char* create = R"({"op":"c","ns":"app.$cmd","o":{"create":"users"}})";
  EXPECT_TRUE(selects(ns_selection({"app.users"}), create));
  EXPECT_FALSE(selects(ns_selection({"app.user"}), create));
  EXPECT_FALSE(selects(ns_selection({}, {"app.users"}), create));
}

TEST(Predicate, ARenameIsSelectedByEitherNameAndHiddenByBothOnly) {
  EXPECT_TRUE(selects(ns_selection({"app.a"}), rename_a_to_b));
  EXPECT_TRUE(selects(ns_selection({"app.b"}), rename_a_to_b));
  EXPECT_FALSE(selects(ns_selection({"app.c"}), rename_a_to_b));
  EXPECT_TRUE(selects(ns_selection({}, {"app.a"}), rename_a_to_b));
  EXPECT_TRUE(selects(ns_selection({"app.a"}, {"app.a"}), rename_a_to_b));
  EXPECT_FALSE(selects(ns_selection({"app.a"}, {"app.a", "app.b"}), rename_a_to_b));
  EXPECT_FALSE(selects(ns_selection({}, {"app"}), rename_a_to_b));
}

TEST(Predicate, DropDatabaseIsSelectedByEveryPatternOfItsDatabase) {
  EXPECT_TRUE(selects(ns_selection({"app.users"}), drop_app));
  EXPECT_TRUE(selects(ns_selection({"a*.x"}), drop_app));
  EXPECT_FALSE(selects(ns_selection({"apple.users"}), drop_app));
}

TEST(Predicate, DropDatabaseIsHiddenOnlyByThePatternOfAWholeDatabase) {
  EXPECT_TRUE(selects(ns_selection({}, {"app.users", "app.a*", "other"}), drop_app));
  for (const std::string& pattern :
       {std::string("app"), std::string("app.*"), std::string("*"), std::string("a*")}) {
    EXPECT_FALSE(selects(ns_selection({"app.users"}, {pattern}), drop_app)) << pattern;
  }
}

TEST(Predicate, ACommandThatNamesNothingGoesByItsOwnNamespace) {
  const char* unknown = R"({"op":"c","ns":"admin.$cmd","o":{"somethingNew":1}})";
  EXPECT_TRUE(selects(ns_selection({"admin"}), unknown));
  EXPECT_FALSE(selects(ns_selection({"app"}), unknown));
  EXPECT_FALSE(selects(ns_selection({}, {"admin.$cmd"}), unknown));
  EXPECT_TRUE(selects(ns_selection({"app.users"}),
                      R"({"op":"c","ns":"app.users","o":{"dbCheck":"app.users"}})"));
}

TEST(Predicate, InternalNamespacesAreHiddenWhileNoPatternIsGiven) {
  const char* create_in_config = R"({"op":"c","ns":"config.$cmd","o":{"create":"x"}})";
  const char* create_users = R"({"op":"c","ns":"admin.$cmd","o":{"create":"system.users"}})";
  for (const std::string& hidden :
       {insert_into("config.transactions"), insert_into("admin.system.users"),
        std::string(create_in_config), std::string(create_users)}) {
    EXPECT_FALSE(selects({}, hidden)) << hidden;
    Selection internal;
    internal.internal = true;
    EXPECT_TRUE(selects(internal, hidden)) << hidden;
    EXPECT_TRUE(selects(ns_selection({"*"}), hidden)) << hidden;
  }
  EXPECT_TRUE(selects({}, insert_into("admin.mine")));
  EXPECT_TRUE(selects({}, insert_into("configuration.x")));
  EXPECT_TRUE(selects({}, insert_into("app.system.views")));
}

TEST(Predicate, NoOpsAreSelectedOnlyWhereAskedFor) {
  const char* noop = R"({"op":"n","ns":"","o":{"msg":"periodic noop"}})";
  EXPECT_FALSE(selects({}, noop));
  Selection noops;
  noops.ops = {false, false, false, false, true, false};
  EXPECT_TRUE(selects(noops, noop));
  EXPECT_FALSE(selects(noops, insert_into("app.users")));
}

TEST(Predicate, EachOpIsSelectedByItsOwnFlag) {
  const std::pair<const char*, bool OpSet::*> classes[] = {
      {"i", &OpSet::insert},  {"u", &OpSet::update}, {"d", &OpSet::remove},
      {"c", &OpSet::command}, {"n", &OpSet::noop},   {"xi", &OpSet::unknown},
      {"", &OpSet::unknown},  {"z", &OpSet::unknown}};
  for (const auto& [op, flag] : classes) {
    const std::string json = fmt::format(R"({{"op":"{}","ns":"app.a","o":{{}}}})", op);
    Selection only;
    only.ops = {false, false, false, false, false, false};
    EXPECT_FALSE(selects(only, json)) << op;
    only.ops.*flag = true;
    EXPECT_TRUE(selects(only, json)) << op;
  }
}

TEST(Predicate, CommandsAreSelectedByName) {
  Selection drops;
  drops.ops = {false, false, false, false, false, false, {"drop", "dropDatabase"}};
  EXPECT_TRUE(selects(drops, R"({"op":"c","ns":"app.$cmd","o":{"drop":"users"}})"));
  EXPECT_TRUE(selects(drops, R"({"op":"c","ns":"app.$cmd","o":{"dropDatabase":1}})"));
  EXPECT_FALSE(selects(drops, R"({"op":"c","ns":"app.$cmd","o":{"create":"users","drop":1}})"));
  EXPECT_FALSE(selects(drops, R"({"op":"i","ns":"app.users","o":{"drop":"users"}})"));
  drops.ops.insert = true;
  EXPECT_TRUE(selects(drops, R"({"op":"i","ns":"app.users","o":{"drop":"users"}})"));
}

/// With the session of ada@admin.
constexpr const char* session_of_ada = R"js("lsid":{"id":1,"uid":{"$binary":{"subType":"00",
    "base64":"5i9Fg3BWKhT6qxzcugLAJd6VMbkpuUcm+DHRWXR7c9M="}}})js";

TEST(Predicate, AUsersOperationsAreThoseOfTheUsersSessions) {
  Selection by_ada;
  by_ada.users = {"bob@shop", "ada@admin"};
  const std::string insert = R"({"op":"i","ns":"app.users","o":{"_id":1})";
  EXPECT_TRUE(selects(by_ada, fmt::format("{},{}}}", insert, session_of_ada)));
  EXPECT_FALSE(selects(by_ada, insert + "}"));
  by_ada.users = {"ada@shop"};
  EXPECT_FALSE(selects(by_ada, fmt::format("{},{}}}", insert, session_of_ada)));
}

TEST(Predicate, DocumentsThatAreMarkedAsMigratedAreDocuments) {
  EXPECT_TRUE(selects({}, R"({"op":"i","ns":"app.a","o":{},"fromMigrate":true})"));
}

TEST(Predicate, IdPathAndQueryAreAndedWithTheRest) {
  Selection selection = ns_selection({"app.users"});
  selection.id = doc(R"({"v":1})");
  selection.changed = {"status", "name"};
  selection.query = doc(R"({"wall":{"$exists":true}})");
  const auto entry = [](std::string_view ns, int id, std::string_view field,
                        std::string_view more) {
    return fmt::format(R"({{"op":"i","ns":"{}","o":{{"_id":{},"{}":1}}{}}})", ns, id, field, more);
  };
  EXPECT_TRUE(selects(selection, entry("app.users", 1, "status", R"(,"wall":1)")));
  EXPECT_TRUE(selects(selection, entry("app.users", 1, "name", R"(,"wall":1)")));
  EXPECT_FALSE(selects(selection, entry("app.other", 1, "status", R"(,"wall":1)")));
  EXPECT_FALSE(selects(selection, entry("app.users", 2, "status", R"(,"wall":1)")));
  EXPECT_FALSE(selects(selection, entry("app.users", 1, "other", R"(,"wall":1)")));
  EXPECT_FALSE(selects(selection, entry("app.users", 1, "status", "")));
}

TEST(Predicate, AQueryThatTakesTooLongIsAnErrorThatNamesIt) {
  std::string words;
  while (words.size() < 240'000) words += "lorem ipsum ";
  Selection selection;
  selection.query = doc(R"({"o.text":{"$not":{"$regularExpression":
      {"pattern":"(?i)LOREM.*IPSUM.*DOLOR","options":""}}}})");
  const TestEntry entry(fmt::format(
      R"({{"op":"i","ns":"app.users","ts":{{"$timestamp":{{"t":7,"i":2}}}},"o":{{"text":"{}"}}}})",
      words));
  const Predicate predicate = make(selection);
  Effort effort(std::chrono::milliseconds(20));
  const auto matches = predicate.matches(entry.get(), effort);
  ASSERT_FALSE(matches);
  EXPECT_EQ(matches.error().cause, Cause::too_costly);
  for (const char* part : {"o.text", "LOREM.*IPSUM", "20 ms", "7:2", "app.users"}) {
    EXPECT_NE(matches.error().what.find(part), std::string::npos) << matches.error().what;
  }
}

bool selects_stored(const Selection& selection, std::string_view json) {
  return make(selection).matches_stored(TestEntry(json).get()).value();
}

constexpr const char* transaction =
    R"js({"op":"c","ns":"admin.$cmd","ts":{"$timestamp":{"t":9,"i":1}},
    "o":{"applyOps":[{"op":"i","ns":"app.users","o":{"_id":1}},
                     {"op":"c","ns":"admin.$cmd","o":{"applyOps":[
                         {"op":"d","ns":"log.x","o":{"_id":2}}]}}]}})js";
constexpr const char* commit = R"js({"op":"c","ns":"admin.$cmd","o":{"commitTransaction":1}})js";

TEST(PredicateOnStoredEntries, AnApplyOpsIsSelectedByWhatItHoldsAtAnyDepth) {
  EXPECT_TRUE(selects_stored(ns_selection({"app.users"}), transaction));
  EXPECT_TRUE(selects_stored(ns_selection({"log.x"}), transaction));
  EXPECT_FALSE(selects_stored(ns_selection({"app.other"}), transaction));
  Selection deletes;
  deletes.ops = {false, false, true, false, false, false};
  EXPECT_TRUE(selects_stored(deletes, transaction));
  deletes.ops = {false, true, false, false, false, false};
  EXPECT_FALSE(selects_stored(deletes, transaction));
}

TEST(PredicateOnStoredEntries, ACommandInsideAnApplyOpsIsSelectedByItsName) {
  constexpr const char* creates = R"js({"op":"c","ns":"admin.$cmd","o":{"applyOps":[
      {"op":"i","ns":"app.users","o":{"_id":1}},{"op":"c","ns":"app.$cmd","o":{"create":"new"}}]}})js";
  Selection selection;
  selection.ops = {false, false, false, false, false, false, {"create"}};
  EXPECT_TRUE(selects_stored(selection, creates));
  selection.ops.commands = {"drop"};
  EXPECT_FALSE(selects_stored(selection, creates));
  selection.ops.commands = {"applyOps"};
  EXPECT_TRUE(selects_stored(selection, creates));
}

TEST(PredicateOnStoredEntries, WhatLiesInsideIsOfTheEntrysUser) {
  std::string by_ada = transaction;
  by_ada.insert(1, fmt::format("{},", session_of_ada));
  Selection selection = ns_selection({"app.users"});
  selection.users = {"ada@admin"};
  EXPECT_TRUE(selects_stored(selection, by_ada));
  EXPECT_FALSE(selects_stored(selection, transaction));
}

TEST(PredicateOnStoredEntries, WithoutPatternsTheEntryIsACommandItself) {
  Selection commands;
  commands.ops = {false, false, false, true, false, false};
  EXPECT_TRUE(selects_stored(commands, transaction));
  EXPECT_TRUE(selects_stored(commands, commit));
  EXPECT_FALSE(selects_stored(ns_selection({"app"}), commit));
  commands.ns_exclude = {"app", "log"};
  EXPECT_FALSE(selects_stored(commands, transaction));
  commands.ns_exclude = {"app"};
  EXPECT_TRUE(selects_stored(commands, transaction));
}

TEST(PredicateOnStoredEntries, AQueryOnAnInnerOperationSeesTheEntrysTime) {
  Selection selection;
  selection.query = doc(R"({"ns":"app.users","ts":{"$timestamp":{"t":9,"i":1}}})");
  EXPECT_TRUE(selects_stored(selection, transaction));
  selection.query = doc(R"({"ns":"app.users","ts":{"$timestamp":{"t":9,"i":2}}})");
  EXPECT_FALSE(selects_stored(selection, transaction));
}

TEST(PredicateOnStoredEntries, PlainEntriesAreJudgedAsOperations) {
  EXPECT_TRUE(selects_stored(ns_selection({"app.a"}), insert_into("app.a")));
  EXPECT_FALSE(selects_stored(ns_selection({"app.a"}), insert_into("app.b")));
}

TEST(Predicate, ABadPathOrQueryIsAUsageError) {
  Selection path;
  path.changed = {""};
  Selection query;
  query.query = doc(R"({"$where":"1"})");
  for (const Selection* selection : {&path, &query}) {
    const auto predicate = Predicate::make(*selection);
    ASSERT_FALSE(predicate);
    EXPECT_EQ(predicate.error().cause, Cause::usage);
  }
}

TEST(Predicate, ABadPatternIsAUsageError) {
  for (const Selection& selection : {ns_selection({".x"}), ns_selection({}, {""})}) {
    const auto predicate = Predicate::make(selection);
    ASSERT_FALSE(predicate);
    EXPECT_EQ(predicate.error().cause, Cause::usage);
  }
}

}  // namespace
}  // namespace mongotail::match

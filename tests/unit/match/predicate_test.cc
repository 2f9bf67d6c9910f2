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
  return make(selection).matches(TestEntry(json).get());
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

TEST(Predicate, MigratedCopiesAreHiddenOnlyWhereAskedFor) {
  const char* copy = R"({"op":"i","ns":"app.a","o":{},"fromMigrate":true})";
  EXPECT_TRUE(selects({}, copy));
  Selection sharded;
  sharded.hide_migrated = true;
  EXPECT_FALSE(selects(sharded, copy));
  EXPECT_TRUE(selects(sharded, insert_into("app.a")));
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

#include "oplog/command.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "oplog/oplog_support.h"

namespace mongotail::oplog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bson::OwnedDocument command(std::string_view ns, std::string_view o) {
  return doc(fmt::format(R"({{"op":"c","ns":"{}","o":{}}})", ns, o));
}

std::vector<std::string> names_of(std::string_view ns, std::string_view o) {
  const auto document = command(ns, o);
  const CommandTarget target = CommandTarget::of(parse_entry(document));
  std::vector<std::string> names;
  for (const NamespaceName name : target.names()) {
    names.push_back(std::string(name.database) + '.' + std::string(name.collection));
  }
  return names;
}

TEST(CommandTarget, DdlNamesItsCollectionWithinTheDatabaseItRunsIn) {
  for (const std::string_view name :
       {"create", "drop", "collMod", "createIndexes", "startIndexBuild", "commitIndexBuild",
        "abortIndexBuild", "dropIndexes", "deleteIndexes", "dropIndex", "deleteIndex",
        "emptycapped", "upgradeDowngradeViewlessTimeseries"}) {
    EXPECT_THAT(names_of("app.$cmd", fmt::format(R"({{"{}":"a.b","x":"y"}})", name)),
                ElementsAre("app.a.b"))
        << name;
  }
}

TEST(CommandTarget, ARenameNamesBothEnds) {
  EXPECT_THAT(names_of("app.$cmd", R"({"renameCollection":"app.a.b","to":"app.c"})"),
              ElementsAre("app.a.b", "app.c"));
  EXPECT_THAT(names_of("app.$cmd", R"({"renameCollection":"app.a"})"), ElementsAre("app.a"));
}

TEST(CommandTarget, SomeCommandsNameAWholeNamespace) {
  for (const std::string_view name : {"dbCheck", "truncateRange", "setMultikeyMetadata"}) {
    EXPECT_THAT(names_of("admin.$cmd", fmt::format(R"({{"{}":"app.users"}})", name)),
                ElementsAre("app.users"))
        << name;
  }
}

TEST(CommandTarget, AnUnknownCommandIsReadBothWaysTheLikelierFirst) {
  EXPECT_THAT(names_of("app.$cmd", R"({"importCollection":"app.users"})"),
              ElementsAre("app.users", "app.app.users"));
  EXPECT_THAT(names_of("admin.$cmd", R"({"newCommand":"app.users"})"),
              ElementsAre("app.users", "admin.app.users"));
  EXPECT_THAT(names_of("app.$cmd", R"({"newCommand":"log.users"})"),
              ElementsAre("app.log.users", "log.users"));
  EXPECT_THAT(names_of("app.$cmd", R"({"newCommand":"users"})"), ElementsAre("app.users"));
}

TEST(CommandTarget, CommandsWithoutANameAreAboutNothing) {
  for (const std::string_view o :
       {"{}", R"({"applyOps":[]})", R"({"commitTransaction":1})", R"({"abortTransaction":1})",
        R"({"newCommand":1})", R"({"create":7})", R"({"create":""})", R"({"dbCheck":"nodot"})",
        R"({"renameCollection":1,"to":2})"}) {
    EXPECT_THAT(names_of("app.$cmd", o), IsEmpty()) << o;
    const auto document = command("app.$cmd", o);
    EXPECT_EQ(CommandTarget::of(parse_entry(document)).kind(), CommandTarget::Kind::none) << o;
  }
}

TEST(CommandTarget, DropDatabaseIsAboutAWholeDatabase) {
  const auto document = command("app.$cmd", R"({"dropDatabase":1})");
  const CommandTarget target = CommandTarget::of(parse_entry(document));
  EXPECT_EQ(target.kind(), CommandTarget::Kind::database);
  EXPECT_EQ(target.database(), "app");
}

TEST(NamedNamespace, IsTheCollectionThatACommandNames) {
  const auto named = [](std::string_view ns, std::string_view o) {
    const auto document = command(ns, o);
    return named_namespace(parse_entry(document));
  };
  EXPECT_EQ(named("app.$cmd", R"({"create":"a.b"})"), "app.a.b");
  EXPECT_EQ(named("app.$cmd", R"({"commitIndexBuild":"users","indexes":[]})"), "app.users");
  EXPECT_EQ(named("app.$cmd", R"({"renameCollection":"app.a","to":"app.b"})"), "app.a");
  EXPECT_EQ(named("app.$cmd", R"({"importCollection":"app.users"})"), "app.users");
  EXPECT_EQ(named("admin.$cmd", R"({"dbCheck":"app.users"})"), "app.users");
  EXPECT_EQ(named("app.users", R"({"dbCheck":"app.users"})"), "app.users");
  EXPECT_EQ(named("app.$cmd", R"({"dropDatabase":1})"), "app");
  EXPECT_EQ(named("admin.$cmd", R"({"commitTransaction":1})"), "admin.$cmd");
  EXPECT_EQ(named("app.$cmd", "{}"), "app.$cmd");
}

TEST(NamedNamespace, OfOtherOperationsIsTheirOwn) {
  for (const std::string_view op : {"i", "u", "d", "n", "xi"}) {
    const auto document = doc(fmt::format(R"({{"op":"{}","ns":"app.u","o":{{"drop":"x"}}}})", op));
    EXPECT_EQ(named_namespace(parse_entry(document)), "app.u") << op;
  }
}

}  // namespace
}  // namespace mongotail::oplog

#include "match/command_target.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "match/entries.h"

namespace mongotail::match {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(std::string_view ns, std::string_view o) {
  const TestEntry entry(fmt::format(R"({{"op":"c","ns":"{}","o":{}}})", ns, o));
  const CommandTarget target = CommandTarget::of(entry.get());
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

TEST(CommandTarget, AnUnknownCommandIsReadBothWays) {
  EXPECT_THAT(names_of("app.$cmd", R"({"importCollection":"app.users"})"),
              ElementsAre("app.app.users", "app.users"));
  EXPECT_THAT(names_of("app.$cmd", R"({"newCommand":"users"})"), ElementsAre("app.users"));
}

TEST(CommandTarget, CommandsWithoutANameAreAboutNothing) {
  for (const std::string_view o :
       {"{}", R"({"applyOps":[]})", R"({"commitTransaction":1})", R"({"abortTransaction":1})",
        R"({"newCommand":1})", R"({"create":7})", R"({"create":""})", R"({"dbCheck":"nodot"})",
        R"({"renameCollection":1,"to":2})"}) {
    EXPECT_THAT(names_of("app.$cmd", o), IsEmpty()) << o;
    const TestEntry entry(fmt::format(R"({{"op":"c","ns":"app.$cmd","o":{}}})", o));
    EXPECT_EQ(CommandTarget::of(entry.get()).kind(), CommandTarget::Kind::none) << o;
  }
}

TEST(CommandTarget, DropDatabaseIsAboutAWholeDatabase) {
  const TestEntry entry(R"({"op":"c","ns":"app.$cmd","o":{"dropDatabase":1}})");
  const CommandTarget target = CommandTarget::of(entry.get());
  EXPECT_EQ(target.kind(), CommandTarget::Kind::database);
  EXPECT_EQ(target.database(), "app");
}

}  // namespace
}  // namespace mongotail::match

#include "mongo/member_role.h"

#include <gtest/gtest.h>

#include "bson/builder.h"

namespace mongotail::mongo {
namespace {

bson::OwnedDocument hello(std::initializer_list<const char*> flags, const char* set = "rs0") {
  bson::Builder builder;
  if (set != nullptr) builder.append("setName", set);
  for (const char* name : flags) builder.append(name, true);
  return builder.take();
}

std::string why(MemberRole role, const SetStatus& status = {}) {
  const auto error = why_unreadable(role, status, "db1:27017");
  return error ? error->what : "";
}

TEST(MemberRole, PrimariesAndSecondariesOfEveryKindAreReadable) {
  EXPECT_EQ(role_of(hello({"ismaster"}).view()), MemberRole::readable);
  EXPECT_EQ(role_of(hello({"isWritablePrimary"}).view()), MemberRole::readable);
  EXPECT_EQ(role_of(hello({"secondary"}).view()), MemberRole::readable);
  EXPECT_EQ(role_of(hello({"secondary", "passive", "hidden"}).view()), MemberRole::readable);
  EXPECT_FALSE(why_unreadable(MemberRole::readable, {}, "db1:27017"));
}

TEST(MemberRole, OthersAreDistinguished) {
  EXPECT_EQ(role_of(hello({}).view()), MemberRole::not_ready);
  EXPECT_EQ(role_of(hello({"hidden"}).view()), MemberRole::not_ready);
  EXPECT_EQ(role_of(hello({"arbiterOnly"}).view()), MemberRole::arbiter);
  EXPECT_EQ(role_of(hello({"isreplicaset"}, nullptr).view()), MemberRole::outside_set);
  EXPECT_EQ(role_of(hello({"ismaster"}, nullptr).view()), MemberRole::standalone);
  bson::Builder mongos;
  EXPECT_EQ(role_of(mongos.append("msg", "isdbgrid").append("ismaster", true).finish()),
            MemberRole::mongos);
}

TEST(MemberRole, EveryStateThatCantBeReadIsCalledByItsName) {
  const std::pair<std::int64_t, const char*> states[] = {
      {0, "STARTUP"}, {3, "RECOVERING"}, {5, "STARTUP2"}, {9, "ROLLBACK"}, {10, "REMOVED"}};
  for (const auto& [state, name] : states) {
    const auto error = why_unreadable(MemberRole::not_ready, {state, std::nullopt}, "db1:27017");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->cause, Cause::connection);
    EXPECT_NE(error->what.find(name), std::string::npos) << error->what;
    EXPECT_NE(error->what.find("db1:27017"), std::string::npos) << error->what;
    EXPECT_FALSE(error->hint.empty());
  }
}

TEST(MemberRole, ARemovedMemberIsNotToldToInitiateItsSet) {
  EXPECT_NE(why(MemberRole::outside_set, {std::nullopt, 93}).find("REMOVED"), std::string::npos);
  EXPECT_NE(why(MemberRole::outside_set, {std::nullopt, 94}).find("not initiated"),
            std::string::npos);
}

TEST(MemberRole, WithoutThePrivilegeToAskAllReasonsAreGiven) {
  const SetStatus refused{std::nullopt, 13};
  EXPECT_NE(why(MemberRole::outside_set, refused).find("removed"), std::string::npos);
  EXPECT_NE(why(MemberRole::not_ready, refused).find("maintenance mode"), std::string::npos);
}

}  // namespace
}  // namespace mongotail::mongo

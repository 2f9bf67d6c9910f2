#include "mongo/no_server.h"

#include <gtest/gtest.h>

namespace mongotail::mongo {
namespace {

HostFacts absent(const char* address, Knock knock = Knock::refused) {
  return {address, Heartbeat{}, knock, false};
}

HostFacts silent(const char* address) {
  return {address, std::nullopt, Knock::unclear, false};
}

HostFacts member(const char* address, const char* set, MemberRole role = MemberRole::readable) {
  return {address, Heartbeat{true, role, set}, Knock::unclear, false};
}

const Wanted any{"", "primary"};
const Wanted rs0{"rs0", "primary"};

std::string why(const std::vector<HostFacts>& hosts, const Wanted& wanted = any,
                bool last = false) {
  const auto error = why_no_server(hosts, wanted, last);
  return error ? error->what : "";
}

TEST(NoServer, AllHostsThatRefuseOrDontExistAreNamedAtOnce) {
  EXPECT_EQ(why({absent("a:1")}),
            "can't reach a server: nothing listens at a:1 (connection refused)");
  EXPECT_EQ(why({absent("a:1"), absent("b:1", Knock::unknown_host)}),
            "can't reach a server: nothing listens at a:1 (connection refused); the host of b:1 is "
            "unknown");
  EXPECT_EQ(why({absent("/x.sock", Knock::no_socket)}),
            "can't reach a server: there is no socket /x.sock");
}

TEST(NoServer, OneThatMayStillAnswerIsWaitedFor) {
  EXPECT_EQ(why({absent("a:1"), silent("b:1")}), "");
  EXPECT_EQ(why({absent("a:1"), silent("b:1")}, any, true), "");
  EXPECT_EQ(why({absent("a:1", Knock::unclear)}), "");
  EXPECT_EQ(why({}), "") << "the hosts of an SRV record are not known";
}

TEST(NoServer, BothSetsAreNamedOnceEveryHostWasHeard) {
  const auto error = why_no_server({absent("a:1"), member("b:1", "rs1")}, rs0, false);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->what, "b:1 belongs to the replica set rs1, not to rs0");
  EXPECT_NE(error->hint.find("replicaSet=rs1"), std::string::npos);
  EXPECT_EQ(why({silent("a:1"), member("b:1", "rs1")}, rs0), "");
  EXPECT_NE(why({silent("a:1"), member("b:1", "rs1")}, rs0, true), "");
  EXPECT_EQ(why({member("a:1", "rs0"), member("b:1", "rs1")}, rs0), "");
}

TEST(NoServer, AStandaloneIsNotAMemberOfTheWantedSet) {
  EXPECT_EQ(why({member("a:1", "", MemberRole::standalone)}, rs0),
            "a:1 is a standalone server, not a member of the replica set rs0");
}

TEST(NoServer, AMemberThatMayJustBeStartingIsWaitedFor) {
  const auto starting = member("a:1", "", MemberRole::outside_set);
  EXPECT_EQ(why({starting}, rs0), "");
  EXPECT_NE(why({starting}, rs0, true).find("never initiated"), std::string::npos);
}

TEST(NoServer, HttpIsSaidUnlessAnotherHostAnswers) {
  HostFacts web = absent("a:80", Knock::accepted);
  web.http = true;
  EXPECT_NE(why({web}).find("HTTP"), std::string::npos);
  EXPECT_EQ(why({web, member("b:1", "rs0")}, rs0), "");
}

TEST(NoServer, ASetWithoutASuitableMemberIsToldSoInTheEnd) {
  EXPECT_EQ(why({member("a:1", "rs0")}, rs0), "");
  EXPECT_EQ(why({member("a:1", "rs0")}, rs0, true),
            "a:1 answers, but the set rs0 has no member that readPreference=primary allows");
}

}  // namespace
}  // namespace mongotail::mongo

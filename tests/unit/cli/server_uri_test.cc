#include "cli/server_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail::cli {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

std::string completed(std::string_view text) {
  auto uri = complete_uri(text);
  return uri ? *uri : "error: " + uri.error().what;
}

std::string from_host(std::optional<std::string_view> host, std::optional<std::string_view> port) {
  auto uri = uri_from_host(host, port);
  return uri ? *uri : "error: " + uri.error().what;
}

TEST(CompleteUri, LeavesAWholeUriAsItIs) {
  for (const char* uri : {"mongodb://a:1,b:2/?replicaSet=rs", "mongodb+srv://me@x.example/db",
                          "mongodb://%2Ftmp%2Fmongodb-27017.sock", "mongodb://u:p%40@h"}) {
    EXPECT_EQ(completed(uri), uri);
  }
}

TEST(CompleteUri, PutsTheSchemeToHosts) {
  EXPECT_EQ(completed("db1"), "mongodb://db1");
  EXPECT_EQ(completed("db1:27018"), "mongodb://db1:27018");
  EXPECT_EQ(completed("[::1]:27017"), "mongodb://[::1]:27017");
  EXPECT_EQ(completed("[::1]"), "mongodb://[::1]");
  EXPECT_EQ(completed("a:1,b:2/?replicaSet=rs0"), "mongodb://a:1,b:2/?replicaSet=rs0");
}

TEST(CompleteUri, EncodesASocketsPath) {
  EXPECT_EQ(completed("/tmp/mongodb-27017.sock"), "mongodb://%2Ftmp%2Fmongodb-27017.sock");
}

TEST(CompleteUri, ARelativePathIsTakenForASocketsToo) {
  EXPECT_EQ(completed("mongodb-27017.sock"), "mongodb://.%2Fmongodb-27017.sock");
  EXPECT_EQ(completed("./x.sock"), "mongodb://.%2Fx.sock");
  EXPECT_EQ(completed("../run/x.sock"), "mongodb://..%2Frun%2Fx.sock");
  EXPECT_EQ(completed("run/x.sock"), "mongodb://run%2Fx.sock");
  EXPECT_EQ(from_host("./x.sock", std::nullopt), "mongodb://.%2Fx.sock");
  EXPECT_EQ(from_host("run/x.sock", std::nullopt), "mongodb://run%2Fx.sock");
  EXPECT_THAT(completed("./x"), HasSubstr("with .sock at its end"));
  EXPECT_EQ(completed("db.sock:27017"), "mongodb://db.sock:27017");
}

TEST(CompleteUri, AMissingSlashIsShownInItsPlace) {
  const auto hint = [](std::string_view text) {
    const auto uri = complete_uri(text);
    return uri ? "none" : uri.error().hint;
  };
  EXPECT_EQ(hint("mongodb://h:1?replicaSet=rs0"), "write 'mongodb://h:1/?replicaSet=rs0'");
  EXPECT_EQ(hint("mongodb+srv://h?tls=true"), "write 'mongodb+srv://h/?tls=true'");
  EXPECT_EQ(hint("a:1,b:2?x=1&y=2"), "write 'mongodb://a:1,b:2/?x=1&y=2'");
  EXPECT_EQ(hint("mongodb://u:secret@h?tlsCertificateKeyFilePassword=secret"),
            "write 'mongodb://USER:PASSWORD@h/?tlsCertificateKeyFilePassword=***'");
  EXPECT_EQ(hint("mongodb://h/?x=1"), "none");
  for (const char* password : {"mongodb://u:a?secret@h/", "mongodb://u:secret?@h?x=1"}) {
    const auto uri = complete_uri(password);
    ASSERT_FALSE(uri) << password;
    EXPECT_THAT(uri.error().what + uri.error().hint, Not(HasSubstr("secret"))) << password;
  }
}

TEST(CompleteUri, RefusesWhatIsNeitherUriNorHost) {
  for (const char* text : {"",
                           "mongo://h",
                           "http://h",
                           "://h",
                           "mongodb://",
                           "mongodb:///db",
                           "mongodb://?x=1",
                           "::1",
                           "fe80::1:27017",
                           "a:",
                           "a:0",
                           "a:65536",
                           "a:b",
                           ":27017",
                           "a,,b",
                           "-x",
                           "--x",
                           "a b",
                           "mongodb://a b",
                           "a\n",
                           "[]:1",
                           "/var/lib/oplog.bson",
                           "{\"a\":1}",
                           "u@h",
                           "u:p@h",
                           "a:1:2",
                           "MONGODB://h"}) {
    EXPECT_THAT(completed(text), HasSubstr("error: ")) << text;
  }
}

TEST(CompleteUri, RefusesAnAtOrAColonInsideOfTheLogin) {
  for (const char* uri : {"mongodb://me:sec@ret@h/", "mongodb://me:sec:ret@h/", "mongodb://m@e@h/",
                          "mongodb://a@b:c@h1,h2", "mongodb+srv://me:a:@x.example"}) {
    EXPECT_THAT(completed(uri), HasSubstr("inside of its user or password")) << uri;
  }
  for (const char* uri : {"mongodb://me:sec%40%3Aret@h:1,h2:2/db", "mongodb://me@h:1,[::1]:2/",
                          "mongodb://h/?appName=a@b:c@d:e"}) {
    EXPECT_EQ(completed(uri), uri);
  }
}

TEST(CompleteUri, RefusesAWholeUriWhoseHostsAreMalformed) {
  for (const char* text :
       {"mongodb://h:99999/", "mongodb://h:x", "mongodb://me:pw@/", "mongodb://a,,b/",
        "mongodb://::1/", "mongodb://ann:a?secret@h/", "mongodb://ann:a/secret@h/"}) {
    EXPECT_THAT(completed(text), HasSubstr("malformed")) << text;
    EXPECT_THAT(completed(text), Not(HasSubstr("secret"))) << text;
  }
}

TEST(CompleteUri, ShowsNoPasswordInAnError) {
  for (const char* text :
       {"mongo://me:secret@h", "me:secret@h", "mongodb://me:sec ret@h", "mongodb://me:secret\n@h",
        "x://me:secret/@h", "mongodb://me:sec@ret@h", "mongodb://me:a:sec@h"}) {
    auto uri = complete_uri(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_THAT(uri.error().what + uri.error().hint, Not(HasSubstr("sec"))) << text;
    EXPECT_EQ(uri.error().cause, Cause::usage);
  }
}

TEST(UriFromHost, DefaultsToThisMachine) {
  EXPECT_EQ(from_host({}, "27018"), "mongodb://localhost:27018");
}

TEST(UriFromHost, TakesAHostWithAPortOrAPortBeside) {
  EXPECT_EQ(from_host("db1", {}), "mongodb://db1");
  EXPECT_EQ(from_host("db1:1", {}), "mongodb://db1:1");
  EXPECT_EQ(from_host("db1", "1"), "mongodb://db1:1");
  EXPECT_EQ(from_host("a,b", "1"), "mongodb://a:1,b:1");
}

TEST(UriFromHost, TakesABareIpv6Address) {
  EXPECT_EQ(from_host("::1", {}), "mongodb://[::1]");
  EXPECT_EQ(from_host("::1", "1"), "mongodb://[::1]:1");
  EXPECT_EQ(from_host("[::1]:1", {}), "mongodb://[::1]:1");
}

TEST(UriFromHost, TakesAReplicaSetsName) {
  EXPECT_EQ(from_host("rs0/a:1,b:2", {}), "mongodb://a:1,b:2/?replicaSet=rs0");
  EXPECT_EQ(from_host("r s&0/a", {}), "error: 'r s&0/a' has a space or a control character in it");
  EXPECT_EQ(from_host("r&0/a", {}), "mongodb://a/?replicaSet=r%260");
}

TEST(UriFromHost, RefusesAPortGivenTwice) {
  EXPECT_THAT(from_host("db1:1", "2"), HasSubstr("error: "));
}

TEST(UriFromHost, RefusesWhatIsNotAHostOrPort) {
  for (const char* host : {"", "mongodb://h", "u@h", "a/b/c", "/a", "a?b", "a:x"}) {
    EXPECT_THAT(from_host(host, {}), HasSubstr("error: ")) << host;
  }
  for (const char* port : {"", "0", "65536", "-1", "x", "27017x", " 1", "99999999999999999999"}) {
    EXPECT_THAT(from_host({}, port), HasSubstr("error: ")) << port;
  }
}

TEST(LoginOf, FindsUserPasswordAndMechanism) {
  const UriLogin login = login_of("mongodb://me:pw@h/db?x=1&AuthMechanism=MONGODB-X509&y=2");
  EXPECT_THAT(login.username, Optional(Eq("me")));
  EXPECT_THAT(login.password, Optional(Eq("pw")));
  EXPECT_THAT(login.mechanism, Optional(Eq("MONGODB-X509")));
}

TEST(LoginOf, TellsAMissingPasswordFromAnEmptyOne) {
  EXPECT_EQ(login_of("mongodb://me@h").password, std::nullopt);
  EXPECT_THAT(login_of("mongodb://me:@h").password, Optional(Eq("")));
}

TEST(LoginOf, TheUsersNameIsDecoded) {
  EXPECT_THAT(login_of("mongodb://a%40%62%zz%4@h").username, Optional(Eq("a@b%zz%4")));
}

TEST(LoginOf, FindsNobodyWhereThereIsNobody) {
  EXPECT_EQ(login_of("mongodb://h/?appName=a@b").username, std::nullopt);
  EXPECT_EQ(login_of("mongodb://h").mechanism, std::nullopt);
}

TEST(UnknownOptions, AreNamedWithWhatMayHaveBeenMeant) {
  const auto unknown = unknown_options(
      "mongodb://db1/?replicaSat=rs0&TLS=true&uuidRepresentation=standard&readconcernlevel=local");
  ASSERT_EQ(unknown.size(), 2U);
  EXPECT_EQ(unknown[0].name, "replicaSat");
  EXPECT_EQ(unknown[0].meant, "replicaSet");
  EXPECT_EQ(unknown[1].name, "uuidRepresentation");
  EXPECT_EQ(unknown[1].meant, std::nullopt);
}

TEST(UnknownOptions, AreNotNamedWhereTheyMayBeAPieceOfAPassword) {
  EXPECT_TRUE(unknown_options("mongodb://ann:se?cr=et@db1/?replicaSat=rs0").empty());
  EXPECT_TRUE(unknown_options("mongodb://db1/").empty());
  EXPECT_TRUE(unknown_options("").empty());
}

}  // namespace
}  // namespace mongotail::cli

#include "base/uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(UriParts, AreWhatStandsBetweenTheMarks) {
  const auto whole = UriParts::of("mongodb://me:pw@a:1,b/db?x=1&Y");
  EXPECT_EQ(whole.scheme, "mongodb");
  EXPECT_EQ(whole.login, "me:pw");
  EXPECT_EQ(whole.hosts, "a:1,b");
  EXPECT_EQ(whole.path, "/db");
  EXPECT_EQ(whole.query, "x=1&Y");
  EXPECT_EQ(whole.without_login(), "mongodb://a:1,b/db?x=1&Y");

  const auto bare = UriParts::of("a:1?x");
  EXPECT_EQ(bare.scheme, "");
  EXPECT_FALSE(bare.login);
  EXPECT_EQ(bare.hosts, "a:1");
  EXPECT_EQ(bare.path, "");
  EXPECT_EQ(bare.query, "x");
  EXPECT_EQ(UriParts::of("a/?n=b@c").hosts, "a") << "an @ in the options is not a login's";
  EXPECT_FALSE(UriParts::of("").query);
}

TEST(UriParts, WithoutALoginAreTheTextItself) {
  for (const char* uri : {"", "a", "mongodb://a", "mongodb://a/", "mongodb://a?", "mongodb://a/b?c",
                          "mongodb://?x=1", "mongodb:///db", "a/b?c=d?e"}) {
    EXPECT_EQ(UriParts::of(uri).without_login(), uri);
  }
}

TEST(UriOptions, AreSplitAtEitherSeparatorAndKnownInAnyCase) {
  const auto options = options_of("a=1;AuthMechanism=PLAIN&c&d=");
  ASSERT_EQ(options.size(), 4u);
  EXPECT_EQ(options[0].value, "1");
  EXPECT_TRUE(options[1].is("authmechanism"));
  EXPECT_FALSE(options[1].is("authmechanis"));
  EXPECT_EQ(options[2].name, "c");
  EXPECT_FALSE(options[2].value);
  EXPECT_EQ(options[3].value, "");
}

TEST(RedactUri, LeavesOutTheLogin) {
  EXPECT_EQ(redact_uri("mongodb://me:secret@db1:27017,db2/admin?replicaSet=rs0"),
            "mongodb://db1:27017,db2/admin?replicaSet=rs0");
  EXPECT_EQ(redact_uri("mongodb+srv://me:secret@cluster.example/"),
            "mongodb+srv://cluster.example/");
}

TEST(RedactUri, LeavesAUriWithoutAPasswordAsItIs) {
  for (const char* uri : {"mongodb://localhost:27017", "mongodb://db1:1,db2:2/", "db1:27017",
                          "[::1]:1", "", "mongodb://", "mongodb://h/?appName=x&tls=true"}) {
    EXPECT_EQ(redact_uri(uri), uri);
  }
}

TEST(RedactUri, HidesAPasswordThatShouldHaveBeenEncoded) {
  for (const char* password : {"p@ss", "pa:ss", "pa/ss", "pa?ss", "p@/?:#ss", "a@b/c@d"}) {
    const std::string shown = redact_uri(std::string("mongodb://me:") + password + "@db1/");
    EXPECT_EQ(shown, "mongodb://db1/") << password;
  }
}

TEST(RedactUri, HidesAPasswordWithoutAScheme) {
  EXPECT_EQ(redact_uri("me:secret@db1"), "db1");
}

TEST(RedactUri, HidesALoginWhoseHostIsMissing) {
  EXPECT_EQ(redact_uri("mongodb://me:secret"), "mongodb://***");
  EXPECT_EQ(redact_uri("me:se/cret?x=y"), "***");
}

TEST(RedactUri, HidesAnEmptyPasswordToo) {
  EXPECT_EQ(redact_uri("mongodb://me:@db1"), "mongodb://db1");
}

TEST(RedactUri, HidesSecretOptionsInAnyCase) {
  const std::string shown = redact_uri(
      "mongodb://db1/?tls=true&TLSCertificateKeyFilePassword=one&"
      "authMechanismProperties=AWS_SESSION_TOKEN:two&proxyPassword=three&w=1");
  EXPECT_THAT(shown, Not(HasSubstr("one")));
  EXPECT_THAT(shown, Not(HasSubstr("two")));
  EXPECT_THAT(shown, Not(HasSubstr("three")));
  EXPECT_THAT(shown, HasSubstr("tls=true"));
  EXPECT_THAT(shown, HasSubstr("w=1"));
}

TEST(RedactUri, TakesANumberThatIsTooLongForAPortForAPassword) {
  EXPECT_EQ(redact_uri("mongodb://me:123456"), "mongodb://***");
  EXPECT_EQ(redact_uri("mongodb://h:99999/"), "mongodb://h:99999/");
}

TEST(RedactUri, RatherHidesTooMuch) {
  EXPECT_THAT(redact_uri("mongodb://me:secret/db1/?appName=a@b"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mongotail

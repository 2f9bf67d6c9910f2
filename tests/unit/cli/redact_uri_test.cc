#include "base/redact_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedactUri, LeavesOutTheLogin) {
  EXPECT_EQ(redact_uri("mongodb://me:secret@db1:27017,db2/admin?replicaSet=rs0"),
            "mongodb://db1:27017,db2/admin?replicaSet=rs0");
  EXPECT_EQ(redact_uri("mongodb+srv://me:secret@cluster.example/"),
            "mongodb+srv://cluster.example/");
}

TEST(RedactUri, LeavesAUriWithoutAPasswordAsItIs) {
  for (const char* uri : {"mongodb://localhost:27017", "mongodb://db1:1,db2:2/", "db1:27017", "[::1]:1",
                          "", "mongodb://", "mongodb://h/?appName=x&tls=true"}) {
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

TEST(RedactUri, RatherHidesTooMuch) {
  EXPECT_THAT(redact_uri("mongodb://me:secret/db1/?appName=a@b"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mongotail

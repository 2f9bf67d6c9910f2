#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

Environment with_terminal() {
  Environment environment;
  environment.has_terminal = true;
  return environment;
}

ConnectionConfig connection_of(const Words& words,
                               const Environment& environment = with_terminal()) {
  auto config = config_of(words, environment);
  if (!config) {
    ADD_FAILURE() << testing::PrintToString(words) << ": " << config.error().what;
    return {};
  }
  return config->connection;
}

TEST(ConnectionConfig, TheDefaultServerIsOnThisMachine) {
  EXPECT_EQ(connection_of({}).uri, "mongodb://localhost:27017");
}

TEST(ConnectionConfig, TheVariableIsTheDefaultAndTheCommandLineWins) {
  Environment environment;
  environment.mongotail_uri = "db9:1";
  EXPECT_EQ(connection_of({}, environment).uri, "mongodb://db9:1");
  EXPECT_EQ(connection_of({"db1"}, environment).uri, "mongodb://db1");
  EXPECT_EQ(connection_of({"--port", "2"}, environment).uri, "mongodb://localhost:2");
}

TEST(ConnectionConfig, AnErrorInTheVariableNamesIt) {
  Environment environment;
  environment.mongotail_uri = "http://me:secret@h";
  const Error error = error_of({}, environment);
  EXPECT_EQ(error.cause, Cause::usage);
  EXPECT_THAT(error.what, HasSubstr("MONGOTAIL_URI"));
  EXPECT_THAT(error.what, Not(HasSubstr("secret")));
}

TEST(ConnectionConfig, AUriAndAHostContradictEachOther) {
  EXPECT_EQ(error_of({"mongodb://h", "--host", "h"}).cause, Cause::usage);
  EXPECT_EQ(error_of({"--uri", "h", "--port", "1"}).cause, Cause::usage);
}

TEST(ConnectionConfig, AUserWithoutAPasswordIsPromptedForIt) {
  EXPECT_TRUE(connection_of({"-u", "me"}).prompt_password);
  EXPECT_TRUE(connection_of({"mongodb://me@h"}).prompt_password);
  EXPECT_TRUE(connection_of({"-u", "me", "-p"}).prompt_password);
  EXPECT_TRUE(connection_of({"mongodb://me@h", "-p"}).prompt_password);
}

TEST(ConnectionConfig, AGivenPasswordIsNotAskedFor) {
  EXPECT_FALSE(connection_of({"-u", "me", "-p", "pw"}).prompt_password);
  EXPECT_THAT(connection_of({"-u", "me", "-p", "pw"}).password, Optional(Eq("pw")));
  EXPECT_FALSE(connection_of({"mongodb://me:pw@h"}).prompt_password);
  EXPECT_FALSE(connection_of({"mongodb://h"}).prompt_password);
}

TEST(ConnectionConfig, MechanismsWithoutPasswordsAskForNone) {
  EXPECT_FALSE(
      connection_of({"-u", "CN=me", "--authenticationMechanism", "MONGODB-X509"}).prompt_password);
  EXPECT_FALSE(connection_of({"mongodb://me@h/?authMechanism=GSSAPI"}).prompt_password);
  EXPECT_TRUE(connection_of({"mongodb://me@h/?authMechanism=SCRAM-SHA-256"}).prompt_password);
}

TEST(ConnectionConfig, AnUnknownMechanismIsAUsageError) {
  for (const Words& words :
       {Words{"-u", "me", "-p", "x", "--authenticationMechanism", "SCRAM-SHA-265"},
        Words{"mongodb://me:x@h/?authMechanism=SCRAM-SHA-265"}}) {
    const Error error = error_of(words);
    EXPECT_EQ(error.cause, Cause::usage);
    EXPECT_THAT(error.hint, HasSubstr("did you mean SCRAM-SHA-256?"));
  }
  EXPECT_THAT(
      connection_of({"-u", "me", "-p", "x", "--authenticationMechanism", "plain"}).auth_mechanism,
      Optional(Eq("plain")));
}

TEST(ConnectionConfig, WithoutATerminalAMissingPasswordIsAUsageError) {
  for (const Words& words : {Words{"-u", "me"}, Words{"mongodb://me@h"}, Words{"-u", "me", "-p"}}) {
    const Error error = error_of(words);
    EXPECT_EQ(error.cause, Cause::usage);
    EXPECT_THAT(error.hint, HasSubstr("--config"));
  }
}

TEST(ConnectionConfig, APasswordNeedsAUser) {
  EXPECT_EQ(error_of({"-p", "secret"}, with_terminal()).cause, Cause::usage);
  EXPECT_THAT(error_of({"-p", "secret"}, with_terminal()).what, Not(HasSubstr("secret")));
}

TEST(ConnectionConfig, TwoDifferentUsersContradictEachOther) {
  EXPECT_EQ(error_of({"mongodb://me@h", "-u", "you"}, with_terminal()).cause, Cause::usage);
  EXPECT_THAT(connection_of({"mongodb://me:pw@h", "-u", "me"}).username, Optional(Eq("me")));
  EXPECT_THAT(connection_of({"mongodb://a%40b:pw@h", "-u", "a@b"}).username, Optional(Eq("a@b")));
}

TEST(ConnectionConfig, AnyTlsFlagSwitchesTlsOn) {
  EXPECT_FALSE(connection_of({}).tls);
  EXPECT_TRUE(connection_of({"--tls"}).tls);
  EXPECT_TRUE(connection_of({"--tlsCAFile", "ca.pem"}).tls);
  EXPECT_TRUE(connection_of({"--tlsCertificateKeyFile", "key.pem"}).tls);
  EXPECT_TRUE(connection_of({"--tlsAllowInvalidCertificates"}).tls);
  EXPECT_TRUE(connection_of({"--tlsAllowInvalidHostnames"}).tls);
  EXPECT_EQ(connection_of({"--tlsCAFile", "ca.pem"}).tls_ca_file, "ca.pem");
}

TEST(ConnectionConfig, AKeysPasswordNeedsItsFile) {
  EXPECT_EQ(error_of({"--tlsCertificateKeyFilePassword", "secret"}).cause, Cause::usage);
}

TEST(ConnectionConfig, ABadServerOrLoginInTheConfigFileIsAUsageErrorThatNamesTheFile) {
  for (const char* text : {"password = x\n", "username = me\n", "uri = mongodb://h:x/\n",
                           "uri = mongodb://h/?authMechanism=NONE\n", "host = h\nuri = h\n",
                           "uri = http://h\n", "port = 0\n", "host = a b\n"}) {
    const TemporaryFile file(text);
    const Error error = error_of({"--config", file.path()});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, HasSubstr(file.path()));
  }
}

}  // namespace
}  // namespace mongotail::cli

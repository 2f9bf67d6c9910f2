#include "mongo/explain.h"

#include <gtest/gtest.h>
#include <mongoc/mongoc.h>

namespace mongotail::mongo {
namespace {

const FailureContext somewhere{"db1:27017", "ann", false};

Error server_error(std::uint32_t code, const FailureContext& context = somewhere) {
  return explain({MONGOC_ERROR_SERVER, code, "the server's words", ""}, context);
}

TEST(Explain, EveryResumableCodeIsALostConnection) {
  for (const std::uint32_t code :
       {43u, 237u, 175u,  11601u, 91u,  189u, 11600u, 11602u, 10107u, 13435u, 6u,
        7u,  89u,  9001u, 50u,    262u, 202u, 134u,   13436u, 136u,   50736u}) {
    EXPECT_TRUE(is_resumable(code)) << code;
    EXPECT_EQ(server_error(code).cause, code == 136 ? Cause::overtaken : Cause::connection) << code;
  }
}

TEST(Explain, AMissingSessionIsNotCalledAMemberThatIsNotReady) {
  const Error error =
      explain({MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_SESSION_FAILURE, "the driver's words", ""},
              somewhere);
  EXPECT_EQ(error.cause, Cause::connection);
  EXPECT_NE(error.what.find("session"), std::string::npos);
  EXPECT_NE(error.what.find("the driver's words"), std::string::npos);
  EXPECT_EQ(error.what.find("not ready"), std::string::npos);
}

TEST(Explain, OtherCodesAreFinalAndAreShown) {
  for (const std::uint32_t code : {2u, 9u, 62u, 40415u, 8u, 96u, 246u}) {
    const Error error = server_error(code);
    EXPECT_EQ(error.cause, Cause::server) << code;
    EXPECT_NE(error.what.find(std::to_string(code)), std::string::npos);
    EXPECT_NE(error.what.find("the server's words"), std::string::npos);
  }
}

TEST(Explain, AMissingPrivilegeNamesTheSmallestGrant) {
  const Error error = server_error(13);
  EXPECT_EQ(error.cause, Cause::unauthorized);
  EXPECT_NE(error.hint.find(R"(db.grantRolesToUser("ann", [{role: "read", db: "local"}]))"),
            std::string::npos)
      << error.hint;
}

TEST(Explain, WithoutAUserTheHintIsToGiveOne) {
  EXPECT_NE(server_error(13, {"db1:27017", "", false}).hint.find("-u NAME"), std::string::npos);
}

TEST(Explain, ARefusedLoginNamesUserAndServer) {
  const Error error = explain({MONGOC_ERROR_CLIENT, 11, "Authentication failed.", ""}, somewhere);
  EXPECT_EQ(error.cause, Cause::authentication);
  EXPECT_NE(error.what.find("ann"), std::string::npos);
  EXPECT_NE(error.what.find("db1:27017"), std::string::npos);
}

TEST(Explain, NoServerSaysWhereWasLookedAndWhatTheLogHeld) {
  const Error error = explain(
      {MONGOC_ERROR_SERVER_SELECTION, 13053, "No suitable servers found", "stream: refused"},
      somewhere);
  EXPECT_EQ(error.cause, Cause::unreachable);
  EXPECT_NE(error.what.find("db1:27017"), std::string::npos);
  EXPECT_NE(error.what.find("stream: refused"), std::string::npos);
  EXPECT_NE(error.hint.find("--tls"), std::string::npos);
}

TEST(Explain, ABrokenStreamIsALostConnection) {
  const Error error =
      explain({MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "reset", ""}, somewhere);
  EXPECT_EQ(error.cause, Cause::connection);
}

}  // namespace
}  // namespace mongotail::mongo

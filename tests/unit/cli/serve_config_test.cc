#include "cli/serve_config.h"

#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<ServeConfig> serve_config_of(Words words) {
  words.insert(words.begin(), "serve");
  auto invocation = parse(words);
  if (!invocation) return fail(invocation.error());
  return resolve_serve(*invocation, {});
}

TEST(ServeConfig, HasDefaults) {
  const auto config = serve_config_of({"db1"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->connection.uri, "mongodb://db1");
  EXPECT_TRUE(config->listen.empty());
  EXPECT_EQ(config->ring_bytes, 64u << 20);
  EXPECT_EQ(config->drop_after, std::chrono::seconds(30));
  EXPECT_EQ(config->socket_mode, 0600u);
}

TEST(ServeConfig, ListensAtEachAddress) {
  const auto config =
      serve_config_of({"--listen", "127.0.0.1:0", "--listen", "unix:/run/x.sock", "db1"});
  ASSERT_TRUE(config);
  ASSERT_EQ(config->listen.size(), 2u);
  EXPECT_EQ(config->listen[0].port, 0);
  EXPECT_EQ(config->listen[1].path, "/run/x.sock");
}

TEST(ServeConfig, SubscribersMayAskForNoOpsUnlessOperationsAreNamed) {
  EXPECT_TRUE(serve_config_of({})->selection.ops.noop);
  EXPECT_FALSE(serve_config_of({"--op", "i"})->selection.ops.noop);
}

TEST(ServeConfig, AnAddressForOtherMachinesNeedsAToken) {
  for (const char* address : {"0.0.0.0:9994", "[::]:9994", "192.168.1.2", "db1.example"}) {
    const auto refused = serve_config_of({"--listen", address});
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().cause, Cause::usage);
    EXPECT_THAT(refused.error().what, HasSubstr("--token-file"));
    EXPECT_THAT(refused.error().hint, HasSubstr("TLS"));
    EXPECT_TRUE(serve_config_of({"--listen", address, "--token-file", "t"})) << address;
  }
  for (const char* address : {"127.0.0.1:1", "127.9.9.9", "localhost", "[::1]:1", "unix:/x"}) {
    EXPECT_TRUE(serve_config_of({"--listen", address})) << address;
  }
}

TEST(ServeConfig, TheListenersCertificateIsNotTheConnections) {
  const auto config = serve_config_of(
      {"--listen", "https://localhost", "--listen-tlsCertificateKeyFile", "server.pem"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->certificate_key_file, "server.pem");
  EXPECT_FALSE(config->connection.tls);
  const auto none = serve_config_of({"--listen", "https://localhost"});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().hint, HasSubstr("--listen-tlsCertificateKeyFile"));
}

TEST(ServeConfig, ReadsSizesAndTimes) {
  const auto config = serve_config_of({"--ring-size", "256KiB", "--drop-after", "2",
                                       "--max-subscribers", "7", "--socket-mode", "660"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->ring_bytes, 256u << 10);
  EXPECT_EQ(config->drop_after, std::chrono::seconds(2));
  EXPECT_EQ(config->max_subscribers, 7u);
  EXPECT_EQ(config->socket_mode, 0660u);
}

TEST(ServeConfig, RefusesWrongValuesWithTheFlagsName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--listen", "a:b"},
      {"--listen", "unix:"},
      {"--ring-size", "0"},
      {"--ring-size", "64MB"},
      {"--drop-after", "0"},
      {"--drop-after", "1.5"},
      {"--max-subscribers", "-1"},
      {"--socket-mode", "0999"},
      {"--allow-host", "a:1"},
      {"--allow-origin", "a.test"},
      {"--allow-origin", "http://a.test/"},
      {"--token-file", ""},
      {"--ns", ""},
  };
  for (const auto& [flag, value] : wrong) {
    const auto refused = serve_config_of({std::string(flag) + "=" + value});
    ASSERT_FALSE(refused) << flag << " " << value;
    EXPECT_THAT(refused.error().what, HasSubstr(flag)) << value;
    const Error printed = pointing_to_help(refused.error(), Invocation::Command::serve);
    EXPECT_THAT(printed.hint, Not(HasSubstr("mongotail --help"))) << value;
    EXPECT_NE(printed.hint, "") << value;
  }
}

TEST(ServeConfig, HostsAreComparedInLowerCase) {
  EXPECT_THAT(serve_config_of({"--allow-host", "Tail.Example"})->allow_hosts,
              ElementsAre("tail.example"));
}

TEST(ServeCommand, IsTheFirstWordAlone) {
  EXPECT_EQ(parse({"serve"})->command, Invocation::Command::serve);
  EXPECT_EQ(parse({"--quiet", "serve"})->command, Invocation::Command::tail);
  EXPECT_EQ(parse({"serve", "serve"})->uri, "serve");
}

TEST(ServeCommand, HasNoFlagsOfOutput) {
  EXPECT_FALSE(parse({"serve", "-o", "json"}));
  EXPECT_FALSE(parse({"--listen", "x"}));
}

TEST(ConnectConfig, ReadsFromAnotherMongotail) {
  const auto config = config_of({"--connect", "unix:/run/m.sock", "--ns", "a.b"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->connect->path, "/run/m.sock");
  const auto tls = config_of(
      {"--connect", "tail.example", "--tlsCAFile", "ca.pem", "--tls", "--token-file", "t"});
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->connect->tls);
  EXPECT_EQ(tls->connection.tls_ca_file, "ca.pem");
  EXPECT_EQ(tls->token_file, "t");
}

TEST(ConnectConfig, GoesWithNothingElseToReadFrom) {
  for (const Words& more :
       {Words{"db1"}, Words{"--file", "x"}, Words{"--raw"}, Words{"--read-concern", "local"},
        Words{"--username", "u"}, Words{"--host", "h"}}) {
    Words words = more;
    words.insert(words.begin(), {"--connect", "localhost"});
    const auto refused = config_of(words);
    ASSERT_FALSE(refused) << more.front();
    EXPECT_EQ(refused.error().cause, Cause::usage);
  }
  EXPECT_FALSE(config_of({"--token-file", "t"}));
}

}  // namespace
}  // namespace mongotail::cli

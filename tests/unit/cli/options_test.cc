#include "cli/options.h"

#include <random>

#include "cli_support.h"
#include "random_seed.h"

namespace mongotail::cli {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

Invocation typed(const Words& words) {
  auto invocation = parse(words);
  if (!invocation) {
    ADD_FAILURE() << testing::PrintToString(words) << ": " << invocation.error().what;
    return {};
  }
  return *invocation;
}

Error refused(const Words& words) {
  auto invocation = parse(words);
  if (invocation) {
    ADD_FAILURE() << "accepted: " << testing::PrintToString(words);
    return {};
  }
  return invocation.error();
}

TEST(Options, NothingTypedIsARunWithDefaults) {
  const Invocation it = typed({});
  EXPECT_EQ(it.action, Invocation::Action::run);
  EXPECT_TRUE(it.follow);
  EXPECT_FALSE(it.uri);
}

TEST(Options, SinceTakesANegativeDurationAsTheNextWord) {
  EXPECT_THAT(typed({"--since", "-5m"}).since, Optional(Eq("-5m")));
  EXPECT_THAT(typed({"-S", "-5m"}).since, Optional(Eq("-5m")));
  EXPECT_THAT(typed({"--until", "-1h"}).until, Optional(Eq("-1h")));
}

TEST(Options, AValueMayFollowInEveryUsualWay) {
  EXPECT_THAT(typed({"-n", "5"}).lines, Optional(Eq("5")));
  EXPECT_THAT(typed({"-n5"}).lines, Optional(Eq("5")));
  EXPECT_THAT(typed({"--lines", "5"}).lines, Optional(Eq("5")));
  EXPECT_THAT(typed({"--lines=5"}).lines, Optional(Eq("5")));
}

TEST(Options, AValueMayLookLikeAFlag) {
  EXPECT_THAT(typed({"--id=--until"}).id, Optional(Eq("--until")));
  EXPECT_THAT(typed({"--format=--{ns}"}).text_template, Optional(Eq("--{ns}")));
  EXPECT_THAT(typed({"--id", "--"}).id, Optional(Eq("--")));
}

TEST(Options, AValueMayHoldAnything) {
  for (const char* value :
       {"[a,b]", "a,b", "{}", "\"x\"", " ", "%%", "a=b", "++", "ä\n", "[", "]"}) {
    EXPECT_THAT(typed({"-q", value}).query, Optional(Eq(value))) << value;
    EXPECT_THAT(typed({std::string("--query=") + value}).query, Optional(Eq(value))) << value;
    EXPECT_THAT(typed({"--ns", value}).ns, ElementsAre(value)) << value;
  }
}

TEST(Options, AnEmptyValueIsAValue) {
  EXPECT_THAT(typed({"--id=", "host"}).id, Optional(Eq("")));
  EXPECT_THAT(typed({"--id=", "host"}).uri, Optional(Eq("host")));
  EXPECT_THAT(typed({"--id", "", "host"}).id, Optional(Eq("")));
  EXPECT_THAT(typed({"--ns=", "--ns", "a"}).ns, ElementsAre("", "a"));
}

TEST(Options, RepeatedListsAddUp) {
  const Invocation it = typed({"--ns", "a", "--op", "i,u", "--ns=b", "--op", "d", "--ns-exclude",
                               "c", "--changed", "x", "--changed", "y"});
  EXPECT_THAT(it.ns, ElementsAre("a", "b"));
  EXPECT_THAT(it.ops, ElementsAre("i,u", "d"));
  EXPECT_THAT(it.ns_exclude, ElementsAre("c"));
  EXPECT_THAT(it.changed, ElementsAre("x", "y"));
}

TEST(Options, AListTakesOneWordOnlyEachTime) {
  const Invocation it = typed({"--ns", "a", "host"});
  EXPECT_THAT(it.ns, ElementsAre("a"));
  EXPECT_THAT(it.uri, Optional(Eq("host")));
}

TEST(Options, FileTakesEveryWordUpToTheNextFlag) {
  const Invocation it = typed({"--file", "a", "[b,c]", "-", "-v", "--file=d", "--file", "-e", "f"});
  EXPECT_THAT(it.files, ElementsAre("a", "[b,c]", "-", "d", "-e", "f"));
  EXPECT_FALSE(it.uri);
  EXPECT_TRUE(it.verbose);
}

TEST(Options, OfASingleValueTheLastOneCounts) {
  EXPECT_THAT(typed({"--limit", "1", "--limit", "2"}).limit, Optional(Eq("2")));
  EXPECT_FALSE(typed({"-f", "--no-follow"}).follow);
  EXPECT_TRUE(typed({"--no-follow", "-f"}).follow);
}

TEST(Options, LettersMayBeBundled) {
  const Invocation it = typed({"-fvn5"});
  EXPECT_TRUE(it.verbose);
  EXPECT_THAT(it.lines, Optional(Eq("5")));
}

TEST(Options, FlagsMayComeAfterTheUri) {
  const Invocation it = typed({"host", "-v", "--ns", "a"});
  EXPECT_THAT(it.uri, Optional(Eq("host")));
  EXPECT_TRUE(it.verbose);
}

TEST(Options, AfterTwoDashesThereAreNoFlags) {
  EXPECT_THAT(typed({"-v", "--", "-host"}).uri, Optional(Eq("-host")));
  EXPECT_FALSE(typed({"--"}).uri);
  EXPECT_EQ(typed({"--", "--help"}).action, Invocation::Action::run);
}

TEST(Options, TheUriMayBeAFlagsValue) {
  EXPECT_THAT(typed({"--uri", "mongodb://h"}).uri, Optional(Eq("mongodb://h")));
}

TEST(Options, EveryFlagIsReadIntoItsField) {
  const Invocation it = typed({"--host",
                               "h",
                               "--port",
                               "1",
                               "-u",
                               "u",
                               "-p",
                               "pw",
                               "--authenticationDatabase",
                               "ad",
                               "--authenticationMechanism",
                               "am",
                               "--tls",
                               "--tlsCAFile",
                               "ca",
                               "--tlsCertificateKeyFile",
                               "ck",
                               "--tlsCertificateKeyFilePassword",
                               "cp",
                               "--tlsAllowInvalidCertificates",
                               "--tlsAllowInvalidHostnames",
                               "-d",
                               "db",
                               "-c",
                               "coll",
                               "--id",
                               "i",
                               "-q",
                               "{}",
                               "-S",
                               "now",
                               "-U",
                               "oldest",
                               "-n",
                               "3",
                               "--internal",
                               "--limit",
                               "4",
                               "-o",
                               "short",
                               "--jsonFormat",
                               "canonical",
                               "--format",
                               "t",
                               "--raw",
                               "--color",
                               "never",
                               "--utc",
                               "-v",
                               "--quiet",
                               "--read-concern",
                               "local",
                               "--allow-gap",
                               "--cursor-file",
                               "cf",
                               "--after-cursor",
                               "1:2",
                               "--show-cursor",
                               "--skip-damaged",
                               "--file",
                               "f"});
  EXPECT_THAT(it.host, Optional(Eq("h")));
  EXPECT_THAT(it.port, Optional(Eq("1")));
  EXPECT_THAT(it.username, Optional(Eq("u")));
  EXPECT_THAT(it.password, Optional(Eq("pw")));
  EXPECT_THAT(it.auth_database, Optional(Eq("ad")));
  EXPECT_THAT(it.auth_mechanism, Optional(Eq("am")));
  EXPECT_TRUE(it.tls && it.tls_allow_invalid_certificates && it.tls_allow_invalid_hostnames);
  EXPECT_THAT(it.tls_ca_file, Optional(Eq("ca")));
  EXPECT_THAT(it.tls_certificate_key_file, Optional(Eq("ck")));
  EXPECT_THAT(it.tls_certificate_key_file_password, Optional(Eq("cp")));
  EXPECT_THAT(it.db, Optional(Eq("db")));
  EXPECT_THAT(it.collection, Optional(Eq("coll")));
  EXPECT_THAT(it.id, Optional(Eq("i")));
  EXPECT_THAT(it.query, Optional(Eq("{}")));
  EXPECT_THAT(it.since, Optional(Eq("now")));
  EXPECT_THAT(it.until, Optional(Eq("oldest")));
  EXPECT_THAT(it.lines, Optional(Eq("3")));
  EXPECT_TRUE(it.internal);
  EXPECT_THAT(it.limit, Optional(Eq("4")));
  EXPECT_THAT(it.output, Optional(Eq("short")));
  EXPECT_THAT(it.json_format, Optional(Eq("canonical")));
  EXPECT_THAT(it.text_template, Optional(Eq("t")));
  EXPECT_TRUE(it.raw && it.utc && it.verbose && it.quiet && it.allow_gap);
  EXPECT_THAT(it.color, Optional(Eq("never")));
  EXPECT_THAT(it.read_concern, Optional(Eq("local")));
  EXPECT_THAT(it.cursor_file, Optional(Eq("cf")));
  EXPECT_THAT(it.after_cursor, Optional(Eq("1:2")));
  EXPECT_TRUE(it.show_cursor && it.skip_damaged);
  EXPECT_THAT(it.files, ElementsAre("f"));
}

// ---- Password

TEST(Options, ThePasswordIsTheWordAfterIt) {
  EXPECT_THAT(typed({"-p", "pw", "host"}).password, Optional(Eq("pw")));
  EXPECT_THAT(typed({"-ppw"}).password, Optional(Eq("pw")));
  EXPECT_THAT(typed({"--password=-pw"}).password, Optional(Eq("-pw")));
}

TEST(Options, APasswordFlagWithoutAValueAsks) {
  EXPECT_THAT(typed({"-p"}).password, Optional(Eq("")));
  EXPECT_THAT(typed({"-p", "--ns", "a"}).password, Optional(Eq("")));
  EXPECT_THAT(typed({"-p", "-v"}).password, Optional(Eq("")));
  EXPECT_THAT(typed({"--password="}).password, Optional(Eq("")));
  EXPECT_THAT(typed({"-p", ""}).password, Optional(Eq("")));
}

TEST(Options, AUriIsNotTakenForThePassword) {
  const Invocation it = typed({"-u", "me", "-p", "mongodb://h"});
  EXPECT_THAT(it.password, Optional(Eq("")));
  EXPECT_THAT(it.uri, Optional(Eq("mongodb://h")));
}

// ---- Errors

TEST(Options, AnUnknownFlagIsAnErrorThatProposesTheLikeliest) {
  const Error error = refused({"--ns-exlude", "a"});
  EXPECT_EQ(error.cause, Cause::usage);
  EXPECT_THAT(error.what, HasSubstr("--ns-exlude"));
  EXPECT_EQ(error.hint, "did you mean --ns-exclude?");
  EXPECT_THAT(refused({"-xyz"}).what, HasSubstr("-x"));
  EXPECT_EQ(refused({"--wobble"}).hint, "");
}

TEST(Options, AMistypedFlagIsShownWithoutItsValue) {
  const Error error = refused({"--pasword=hunter2"});
  EXPECT_THAT(error.what + error.hint, Not(HasSubstr("hunter2")));
  EXPECT_THAT(error.hint, HasSubstr("--password"));
}

TEST(Options, AFlagsNameIsNotAbbreviated) {
  EXPECT_EQ(refused({"--unt", "now"}).cause, Cause::usage);
}

TEST(Options, AMissingValueIsAnError) {
  for (const char* flag : {"--since", "-n", "--ns", "--uri", "-fn"}) {
    const Error error = refused({flag});
    EXPECT_EQ(error.cause, Cause::usage);
    EXPECT_THAT(error.what, HasSubstr("needs a value"));
  }
}

TEST(Options, AValueForAFlagThatTakesNoneIsAnError) {
  EXPECT_THAT(refused({"--raw=yes"}).what, HasSubstr("takes no value"));
}

TEST(Options, TwoUrisAreAnError) {
  EXPECT_EQ(refused({"a", "b"}).cause, Cause::usage);
  EXPECT_EQ(refused({"a", "--uri", "b"}).cause, Cause::usage);
  EXPECT_THAT(refused({"a", "mongodb://me:secret@b"}).what, Not(HasSubstr("secret")));
}

TEST(Options, ErrorsCarryNoControlCharacters) {
  EXPECT_THAT(refused({"--\x1b[31m"}).what, Not(HasSubstr("\x1b")));
  EXPECT_THAT(refused({"a", "\x1b[31m"}).what, Not(HasSubstr("\x1b")));
}

TEST(Options, AnyWordsAtAllAreReadOrRefused) {
  const std::uint32_t seed = random_seed();
  std::mt19937 random(seed);
  std::vector<std::string> pool = {
      "-",  "--", "---",   "-=",    "--=",    "=",  "",    "++",   "-5m", "[a]",
      "%%", "x",  "-\xff", "--ns=", "--ns=[", "-!", "--!", "-fvq", "/x",  "-9"};
  for (const Flag& flag : flags_of(Invocation::Command::tail)) {
    if (flag.name == "--config") continue;
    pool.emplace_back(flag.name);
    if (!flag.letter.empty()) pool.emplace_back(flag.letter);
  }
  int cases = 0;
  for (; cases < 1'000; ++cases) {
    Words words(random() % 8);
    for (std::string& word : words) word = pool[random() % pool.size()];
    const auto config = config_of(words);
    if (!config) {
      ASSERT_EQ(config.error().cause, Cause::usage)
          << "seed " << seed << ": " << testing::PrintToString(words) << config.error().what;
    }
  }
  EXPECT_EQ(cases, 1'000);
}

// ---- Help and version

TEST(Options, HelpAndVersionHaveTheirLetters) {
  EXPECT_EQ(typed({"-h"}).action, Invocation::Action::help);
  EXPECT_EQ(typed({"--help"}).action, Invocation::Action::help);
  EXPECT_EQ(typed({"-V"}).action, Invocation::Action::version);
  EXPECT_EQ(typed({"--version"}).action, Invocation::Action::version);
  EXPECT_EQ(typed({"--help-all"}).action, Invocation::Action::help_all);
}

TEST(Options, HelpHoldsWhateverElseIsTyped) {
  EXPECT_EQ(typed({"--wobble", "-h"}).action, Invocation::Action::help);
  EXPECT_EQ(typed({"a", "b", "--help"}).action, Invocation::Action::help);
  EXPECT_EQ(typed({"--config", "/nonexistent", "--help"}).action, Invocation::Action::help);
}

// ---- --config

TEST(Options, AConfigFileAddsWhatWasNotTyped) {
  const TemporaryFile file(
      "uri = mongodb://a,b/?replicaSet=rs0\nlimit = 3\nns = [\"a.b\", c]\nraw\nutc = true\n");
  const Invocation it = typed({"--config", file.path()});
  EXPECT_THAT(it.uri, Optional(Eq("mongodb://a,b/?replicaSet=rs0")));
  EXPECT_THAT(it.limit, Optional(Eq("3")));
  EXPECT_THAT(it.ns, ElementsAre("a.b", "c"));
  EXPECT_TRUE(it.raw && it.utc);
  EXPECT_TRUE(it.from_config_file.contains("--limit"));
}

TEST(Options, TheCommandLineWinsOverTheConfigFile) {
  const TemporaryFile file("limit = 3\nns = file\nfollow = false\n");
  const Invocation it = typed({"--ns", "line", "--config", file.path(), "--limit", "1", "-f"});
  EXPECT_THAT(it.limit, Optional(Eq("1")));
  EXPECT_THAT(it.ns, ElementsAre("line"));
  EXPECT_TRUE(it.follow);
  EXPECT_FALSE(it.from_config_file.contains("--limit"));
}

TEST(Options, WhatIsTypedReplacesTheFilesAnswerToTheSameQuestion) {
  const TemporaryFile by_uri("uri = mongodb://file\noutput = short\nquiet = true\n");
  const Invocation it = typed({"--config", by_uri.path(), "--host", "h", "--format", "t", "-v"});
  EXPECT_FALSE(it.uri);
  EXPECT_FALSE(it.output);
  EXPECT_FALSE(it.quiet);
  const TemporaryFile by_host("host = file\nport = 1\n");
  EXPECT_FALSE(typed({"--config", by_host.path(), "uri"}).host);
  EXPECT_FALSE(typed({"--config", by_host.path(), "--host", "h"}).port);
  EXPECT_THAT(typed({"--config", by_host.path(), "--port", "2"}).host, Optional(Eq("file")));
}

TEST(Options, TypedFilesReplaceTheConfigFilesServer) {
  const TemporaryFile server("uri = mongodb://h\nusername = me\npassword = x\n");
  const Invocation it = typed({"--config", server.path(), "--file", "a"});
  EXPECT_FALSE(it.uri || it.username || it.password);
  const TemporaryFile files("file = [\"a b\", c]\n");
  EXPECT_THAT(typed({"--config", files.path()}).files, ElementsAre("a b", "c"));
  EXPECT_THAT(typed({"--config", files.path(), "host"}).files, ElementsAre());
}

TEST(Options, AConfigFileMaySwitchFollowingOff) {
  const TemporaryFile off("follow = false\n");
  EXPECT_FALSE(typed({"--config", off.path()}).follow);
  const TemporaryFile no_follow("no-follow\n");
  EXPECT_FALSE(typed({"--config", no_follow.path()}).follow);
}

TEST(Options, ABareListInTheConfigFileIsSplit) {
  const TemporaryFile file("op = i,u\nns = a.b, c\nns-exclude = \"x,y\"\n");
  const Invocation it = typed({"--config", file.path()});
  EXPECT_THAT(it.ops, ElementsAre("i", "u"));
  EXPECT_THAT(it.ns, ElementsAre("a.b", "c"));
  EXPECT_THAT(it.ns_exclude, ElementsAre("x,y"));
}

TEST(Options, APasswordInTheConfigFileKeepsEveryCharacter) {
  const TemporaryFile file("password = \"a#b, c=d\"\n");
  EXPECT_THAT(typed({"--config", file.path()}).password, Optional(Eq("a#b, c=d")));
}

TEST(Options, AConfigFileThatCantBeReadIsAFailureAndOneThatIsWrongAUsageError) {
  EXPECT_EQ(refused({"--config", "/nonexistent"}).cause, Cause::input);
  for (const char* text : {"wobble = 1", "help", "config = x", "raw = maybe", "limit = [1, 2]",
                           "[section]", "limit = \"1", "listen"}) {
    const TemporaryFile file(text);
    const Error error = refused({"--config", file.path()});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, HasSubstr(file.path())) << text;
    EXPECT_THAT(error.what, HasSubstr("line 1")) << text;
  }
}

TEST(Options, NoLineOfTheConfigFileIsQuoted) {
  for (const char* text : {"hunter2", "hunter2 = x", "hunter2 hunter3", "raw = hunter2",
                           "uri = \"hunter2", "[hunter2]"}) {
    const TemporaryFile file(text);
    const Error error = refused({"--config", file.path()});
    EXPECT_EQ((error.what + error.hint).find("hunter"), std::string::npos) << error.what;
  }
}

TEST(Options, AMistypedNameInTheConfigFileGetsAProposal) {
  const TemporaryFile file("sicne = now\n");
  EXPECT_THAT(refused({"--config", file.path()}).hint, HasSubstr("did you mean --since?"));
}

TEST(Options, AFlagIsNotTakenForAnothersValue) {
  for (const auto& [words, flag] :
       {std::pair(std::vector<std::string>{"--format", "--port", "27999"}, "--port"),
        std::pair(std::vector<std::string>{"--ns", "--op=i"}, "--op"),
        std::pair(std::vector<std::string>{"-n", "-v"}, "-v"),
        std::pair(std::vector<std::string>{"--file", "--raw"}, "--raw")}) {
    const Error error = refused(words);
    EXPECT_THAT(error.what, HasSubstr(std::string(flag) + " is a flag"));
    EXPECT_THAT(error.hint, HasSubstr("=" + std::string(flag)));
  }
  EXPECT_THAT(typed({"--format=--port"}).text_template, testing::Optional(std::string("--port")));
  EXPECT_THAT(typed({"--since", "-5m"}).since, testing::Optional(std::string("-5m")));
  EXPECT_THAT(typed({"--id", "-1"}).id, testing::Optional(std::string("-1")));
}

TEST(Options, ALongFlagWithOneDashIsProposedWithTwo) {
  EXPECT_EQ(refused({"-u", "me", "-password", "hunter2"}).hint, "did you mean --password?");
  EXPECT_EQ(refused({"-uri=hunter2"}).hint, "did you mean --uri?");
  EXPECT_EQ(refused({"-ns", "a.b"}).hint, "did you mean --ns?");
}

TEST(Options, AWordThatCantBeAUriGetsTheProposalThatIsMeant) {
  const TemporaryFile file("x");
  EXPECT_EQ(refused({"help"}).hint, "did you mean --help?");
  EXPECT_EQ(refused({"version"}).hint, "did you mean --version?");
  EXPECT_THAT(refused({"27017"}).hint, HasSubstr("--port"));
  EXPECT_THAT(refused({file.path()}).hint, HasSubstr("--file"));
  EXPECT_THAT(refused({"db1", "serve"}).hint, HasSubstr("mongotail serve"));
}

TEST(Options, NoStrayArgumentIsQuoted) {
  for (const auto& words : {std::vector<std::string>{"db1", "hunter2"},
                            {"--uri", "db1", "hunter2"},
                            {"db1", "12345"},
                            {"-Xhunter2"},
                            {"--passwort=hunter2"},
                            {"-password=hunter2"}}) {
    const Error error = refused(words);
    EXPECT_EQ((error.what + error.hint).find("hunter2"), std::string::npos) << error.what;
    EXPECT_EQ((error.what + error.hint).find("12345"), std::string::npos) << error.what;
  }
}

}  // namespace
}  // namespace mongotail::cli

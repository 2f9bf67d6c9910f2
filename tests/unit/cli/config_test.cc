#include "cli/config.h"

#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

Config accepted(const Words& words, const Environment& environment = {}) {
  auto config = config_of(words, environment);
  if (!config) {
    ADD_FAILURE() << testing::PrintToString(words) << ": " << config.error().what;
    return {};
  }
  return *std::move(config);
}

Environment on_a_terminal() {
  Environment environment;
  environment.stdout_is_terminal = environment.stderr_is_terminal = environment.has_terminal = true;
  environment.terminal_width = 132;
  environment.term = "xterm-256color";
  return environment;
}

// ---- Selection

TEST(Config, NamesOfDatabaseAndCollectionAreTakenLiterally) {
  EXPECT_THAT(accepted({"-d", "app", "-c", "users"}).selection.ns, ElementsAre("app.users"));
  EXPECT_THAT(accepted({"-d", "app"}).selection.ns, ElementsAre("app"));
  EXPECT_THAT(accepted({"-d", "a*b?", "-c", R"(c\d*.e)"}).selection.ns,
              ElementsAre(R"(a\*b\?.c\\d\*.e)"));
}

TEST(Config, DatabaseAndPatternsAddUp) {
  EXPECT_THAT(accepted({"-d", "app", "--ns", "x.y"}).selection.ns, ElementsAre("x.y", "app"));
}

TEST(Config, ACollectionNeedsItsDatabase) {
  EXPECT_EQ(error_of({"-c", "users"}).cause, Cause::usage);
  EXPECT_EQ(error_of({"-d", "", "-c", "users"}).cause, Cause::usage);
  EXPECT_EQ(error_of({"-d", "a.b"}).cause, Cause::usage);
  EXPECT_EQ(error_of({"-d", "a", "-c", ""}).cause, Cause::usage);
}

TEST(Config, APatternThatCannotBeReadNamesItsFlag) {
  EXPECT_THAT(error_of({"--ns", ""}).what, HasSubstr("--ns: "));
  EXPECT_THAT(error_of({"--ns-exclude", "a.b\\"}).what, HasSubstr("--ns-exclude: "));
}

TEST(Config, AllOperationsButNoopsAreTheDefault) {
  const match::OpSet ops = accepted({}).selection.ops;
  EXPECT_TRUE(ops.insert && ops.update && ops.remove && ops.command && ops.unknown);
  EXPECT_FALSE(ops.noop);
}

TEST(Config, OperationsAreLettersOrWords) {
  for (const Words& words :
       {Words{"--op", "i,d,n"}, Words{"--op", "insert,delete", "--op", "noop"}}) {
    const match::OpSet ops = accepted(words).selection.ops;
    EXPECT_TRUE(ops.insert && ops.remove && ops.noop);
    EXPECT_FALSE(ops.update || ops.command || ops.unknown);
  }
  EXPECT_TRUE(accepted({"--op", "command,u"}).selection.ops.command);
}

TEST(Config, AnUnknownOperationIsAUsageError) {
  for (const char* list : {"x", "", "i,", ",i", "i,,u", "I", "inserts", "i u", "i, u"}) {
    EXPECT_EQ(error_of({"--op", list}).cause, Cause::usage) << list;
  }
  EXPECT_THAT(error_of({"--op", "i,updat"}).hint, HasSubstr("did you mean update?"));
  EXPECT_THAT(error_of({"--op", "dropdatabase"}).hint, HasSubstr("did you mean dropDatabase?"));
}

TEST(Config, UsersAreOfAdminUnlessTheirDatabaseIsNamed) {
  EXPECT_THAT(accepted({"--by-user", "ada", "--by-user", "bob@shop"}).selection.users,
              ElementsAre("ada@admin", "bob@shop"));
  for (const char* bad : {"", "@shop", "ada@"}) {
    EXPECT_EQ(error_of({"--by-user", bad}).cause, Cause::usage) << bad;
  }
}

TEST(Config, OperationsMayBeCommandsByName) {
  const match::OpSet ops = accepted({"--op", "drop,i", "--op", "renameCollection"}).selection.ops;
  EXPECT_TRUE(ops.insert);
  EXPECT_FALSE(ops.command || ops.unknown);
  EXPECT_THAT(ops.commands, ElementsAre("drop", "renameCollection"));
}

bson::Element id_of(const Config& config) {
  return *config.selection.id->view().find("v");
}

TEST(Config, AnIdOf24HexDigitsIsAnObjectId) {
  const Config config = accepted({"--id", "6561f0a2c3d4e5f601234567"});
  EXPECT_EQ(id_of(config).type(), bson::Type::object_id);
  const Config text = accepted({"--id", "\"6561f0a2c3d4e5f601234567\""});
  EXPECT_EQ(id_of(text).as_text(), "6561f0a2c3d4e5f601234567");
}

TEST(Config, AnIdIsExtendedJsonWhereItCanBe) {
  EXPECT_EQ(id_of(accepted({"--id", "7"})).as_integer(), 7);
  EXPECT_EQ(id_of(accepted({"--id", "\"7\""})).as_text(), "7");
  EXPECT_EQ(id_of(accepted({"--id", "null"})).type(), bson::Type::null);
  EXPECT_EQ(id_of(accepted({"--id", R"({"$numberLong":"7"})"})).as_int64(), 7);
  EXPECT_EQ(id_of(accepted({"--id", R"({"a":1})"})).type(), bson::Type::document);
}

TEST(Config, AnyOtherIdIsAString) {
  for (const char* text :
       {"order-7", "6561f0a2c3d4e5f60123456", "a b", "nullable", "7 and more", "7,\"x\":1",
        "6561f0a2c3d4e5f60123456g", "550e8400-e29b-41d4-a716-44665544000", "2026-11-23", "1.2.3",
        "12abc", "-", "1,2", "tru", "trueish", "a:b", "x'", "7}"}) {
    EXPECT_EQ(id_of(accepted({"--id", text})).as_text(), text);
  }
}

TEST(Config, AnIdThatBeginsLikeJsonIsNotTakenForAString) {
  for (const char* text : {"{\"a\":", "\"open", "[1", R"({"$oid":"xyz"})"}) {
    EXPECT_EQ(error_of({"--id", text}).cause, Cause::usage) << text;
  }
}

TEST(Config, AnEmptyIdIsTheEmptyString) {
  EXPECT_EQ(id_of(accepted({"--id", ""})).as_text(), "");
}

TEST(Config, AQueryIsADocument) {
  EXPECT_TRUE(accepted({"-q", R"({"o.status":"paid"})"}).selection.query);
  constexpr const char* typed = "{'o.at': {$gt: ISODate('2026-11-23')}, op: /^[iu]$/}";
  EXPECT_TRUE(accepted({"-q", typed}).selection.query);
  for (const char* text : {"", "{", "[]", "7", "{} x", "{a:b}", "{o.a: 1}", "{a: ISODate('x')}"}) {
    const Error error = error_of({"-q", text});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, HasSubstr("--query: "));
  }
}

TEST(Config, AQueryThatUsesWhatIsNotSupportedIsAUsageErrorThatNamesIt) {
  for (const char* text :
       {R"({"o":{"$nosuch":1}})", R"({"$where":"1"})", R"({"o":{"$regex":"["}})"}) {
    const Error error = error_of({"-q", text});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, testing::StartsWith("--query: ")) << text;
  }
  EXPECT_THAT(error_of({"-q", R"({"o":{"$nosuch":1}})"}).what, HasSubstr("$nosuch"));
}

TEST(Config, AChangedPathHasNoEmptyStep) {
  EXPECT_THAT(accepted({"--changed", "a.b", "--changed", "c"}).selection.changed,
              ElementsAre("a.b", "c"));
  for (const char* path : {"", ".", "a.", ".a", "a..b"}) {
    EXPECT_EQ(error_of({"--changed", path}).cause, Cause::usage) << path;
  }
}

TEST(Config, MigratedAndInternalEntriesAreShownOnRequest) {
  const Config config = accepted({"--internal"});
  EXPECT_TRUE(config.selection.internal);
  EXPECT_FALSE(accepted({}).selection.internal);
}

// ---- Time and number

TEST(Config, TimesAreReadBeforeAnythingIsConnected) {
  const Config config = accepted({"-S", "-5m", "-U", "now"});
  EXPECT_EQ(config.since, TimeSpec(BeforeNewest{std::chrono::minutes(5)}));
  EXPECT_EQ(config.until, TimeSpec(Now{}));
  EXPECT_EQ(accepted({}).since, std::nullopt);
  EXPECT_THAT(error_of({"-S", "noon"}).what, HasSubstr("--since: 'noon'"));
  EXPECT_THAT(error_of({"-U", "noon"}).what, HasSubstr("--until: 'noon'"));
}

TEST(Config, AWindowThatIsEmptyIsAUsageError) {
  for (const auto& [since, until] :
       {std::pair("1795395795:2", "1795395795:1"), std::pair("1795395795:2", "1795395795:2"),
        std::pair("1m", "2m"), std::pair("5m", "5m")}) {
    const Error error = error_of({"-S", since, "-U", until});
    EXPECT_EQ(error.cause, Cause::usage) << since << " " << until;
    EXPECT_THAT(error.what, HasSubstr("--since is not before --until")) << since << " " << until;
  }
  EXPECT_TRUE(accepted({"-S", "2m", "-U", "1m"}).until);
  EXPECT_TRUE(accepted({"-S", "1795395795", "-U", "1m"}).until) << "only the oplog can tell";
}

TEST(Config, CountsAreWholeNumbers) {
  EXPECT_THAT(accepted({"-n", "0"}).lines, Optional(Eq(0U)));
  EXPECT_THAT(accepted({"--limit", "18446744073709551615"}).limit, Optional(Eq(UINT64_MAX)));
  for (const char* text : {"", "-1", "+1", "1.5", "1k", "x", " 1", "18446744073709551616"}) {
    EXPECT_EQ(error_of({"-n", text}).cause, Cause::usage) << text;
    EXPECT_EQ(error_of({"--limit", text}).cause, Cause::usage) << text;
  }
}

TEST(Config, ItFollowsUnlessToldOtherwise) {
  EXPECT_TRUE(accepted({}).follow);
  EXPECT_FALSE(accepted({"--no-follow"}).follow);
}

// ---- Output

TEST(Config, OutputIsPrettyOnATerminalAndJsonOtherwise) {
  EXPECT_EQ(accepted({}, on_a_terminal()).format.format, output::Format::pretty);
  EXPECT_EQ(accepted({}).format.format, output::Format::json);
}

TEST(Config, OutputIsOneOfFour) {
  EXPECT_EQ(accepted({"-o", "json"}).format.format, output::Format::json);
  EXPECT_EQ(accepted({"-o", "pretty"}).format.format, output::Format::pretty);
  EXPECT_EQ(accepted({"-o", "short"}).format.format, output::Format::short_line);
  EXPECT_EQ(accepted({"-o", "bson"}).format.format, output::Format::bson);
  const Error error = error_of({"-o", "jsonl"});
  EXPECT_EQ(error.cause, Cause::usage);
  EXPECT_THAT(error.hint, HasSubstr("did you mean json?"));
}

TEST(Config, RawBsonIsNotSentToATerminal) {
  EXPECT_EQ(error_of({"-o", "bson"}, on_a_terminal()).cause, Cause::usage);
}

TEST(Config, JsonIsRelaxedUnlessCanonicalIsRequested) {
  EXPECT_EQ(accepted({}).format.json_mode, output::JsonMode::relaxed);
  EXPECT_EQ(accepted({"--jsonFormat", "canonical"}).format.json_mode, output::JsonMode::canonical);
  EXPECT_EQ(error_of({"--jsonFormat", "strict"}).cause, Cause::usage);
}

TEST(Config, ATemplateIsAnOutputOfItsOwn) {
  const Config config = accepted({"--format", "{ts} {op}"});
  EXPECT_EQ(config.format.format, output::Format::text);
  EXPECT_EQ(config.format.text_template, "{ts} {op}");
  EXPECT_EQ(error_of({"--format", "{ts}", "-o", "json"}).cause, Cause::usage);
  for (const char* bad : {"", "{ts", "}"}) {
    const Error error = error_of({"--format", bad});
    EXPECT_EQ(error.cause, Cause::usage);
    EXPECT_THAT(error.what, testing::StartsWith("--format: ")) << bad;
  }
}

TEST(Config, ColorIsForTerminalsThatWantIt) {
  Environment environment = on_a_terminal();
  EXPECT_TRUE(accepted({}, environment).format.palette.is_on());
  EXPECT_FALSE(accepted({"--color", "never"}, environment).format.palette.is_on());
  environment.no_color = "1";
  EXPECT_FALSE(accepted({}, environment).format.palette.is_on());
  EXPECT_TRUE(accepted({"--color", "always"}, environment).format.palette.is_on());
  environment.no_color = "";
  environment.term = "dumb";
  EXPECT_FALSE(accepted({}, environment).format.palette.is_on());
  EXPECT_FALSE(accepted({}).format.palette.is_on());
  EXPECT_TRUE(accepted({"--color=always"}).format.palette.is_on());
  EXPECT_EQ(error_of({"--color", "yes"}).cause, Cause::usage);
}

TEST(Config, ColorsAreSetByTheEnvironment) {
  Environment environment;
  environment.colors = "insert=1;34";
  EXPECT_EQ(accepted({"--color", "always"}, environment).format.palette.added, "\x1b[1;34m");
  environment.colors = "inserts=34";
  EXPECT_FALSE(accepted({}, environment).format.palette.is_on());
  const auto refused = config_of({"--color", "always"}, environment);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::usage);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("$MONGOTAIL_COLORS: 'inserts=34'"));
}

TEST(Config, OnlyATerminalHasAWidth) {
  Environment environment = on_a_terminal();
  EXPECT_EQ(accepted({}, environment).format.width, 132);
  environment.terminal_width = 0;
  environment.columns = "99";
  EXPECT_EQ(accepted({}, environment).format.width, 99);
  for (const char* columns : {"", "wide", "0", "-5", "99999999999"}) {
    environment.columns = columns;
    EXPECT_EQ(accepted({}, environment).format.width, 80) << columns;
  }
  environment.stdout_is_terminal = false;
  EXPECT_EQ(accepted({}, environment).format.width, 0);
}

TEST(Config, TheStatusLineIsForATerminalThatIsNotToBeQuiet) {
  Environment environment = on_a_terminal();
  environment.stdout_is_terminal = false;
  EXPECT_TRUE(accepted({}, environment).status_line);
  EXPECT_FALSE(accepted({"--quiet"}, environment).status_line);
  environment.term = "dumb";
  EXPECT_FALSE(accepted({}, environment).status_line);
  EXPECT_FALSE(accepted({}).status_line);
}

TEST(Config, ASummaryIsLiveOnATerminalThatCanRedrawATable) {
  Environment environment = on_a_terminal();
  EXPECT_TRUE(accepted({"--summary"}, environment).live_summary);
  EXPECT_FALSE(accepted({}, environment).live_summary);
  EXPECT_FALSE(accepted({"--summary", "-o", "json"}, environment).live_summary);
  EXPECT_FALSE(accepted({"--summary"}).live_summary);
  environment.term = "dumb";
  EXPECT_FALSE(accepted({"--summary"}, environment).live_summary);
}

TEST(Config, ASummaryIsByNamespaceAndOpUnlessOtherKeysAreGiven) {
  using output::SummaryKey;
  EXPECT_FALSE(accepted({}).summary);
  EXPECT_THAT(accepted({"--summary"}).summary_options.keys,
              ElementsAre(SummaryKey::ns, SummaryKey::op));
  const Config config = accepted({"--summary-by", "hour, id", "--summary-by", "op,hour"});
  EXPECT_TRUE(config.summary);
  EXPECT_THAT(config.summary_options.keys,
              ElementsAre(SummaryKey::hour, SummaryKey::id, SummaryKey::op));
  EXPECT_EQ(config.summary_options.sort, output::SummaryOptions::Sort::bytes);
  EXPECT_EQ(accepted({"--summary", "--sort", "key"}).summary_options.sort,
            output::SummaryOptions::Sort::key);
  EXPECT_TRUE(accepted({"--summary", "--utc"}).summary_options.utc);
}

TEST(Config, OtherKeysAndOrdersOfASummaryAreRefused) {
  EXPECT_THAT(error_of({"--summary-by", "ns,shart"}).what, testing::HasSubstr("'shart'"));
  EXPECT_THAT(error_of({"--summary-by", "minutes"}).hint, testing::HasSubstr("minute"));
  EXPECT_EQ(error_of({"--summary-by", ""}).cause, Cause::usage);
  EXPECT_EQ(error_of({"--summary-by", "ns,,op"}).cause, Cause::usage);
  EXPECT_EQ(error_of({"--summary", "--sort", "size"}).cause, Cause::usage);
  EXPECT_THAT(error_of({"--sort", "key"}).hint, testing::HasSubstr("--summary"));
  EXPECT_EQ(error_of({"--summary-by", "ns", "-o", "bson"}).cause, Cause::usage);
}

TEST(Config, VerboseAndQuietContradictEachOther) {
  EXPECT_EQ(error_of({"-v", "--quiet"}).cause, Cause::usage);
  const Config config = accepted({"-v"});
  EXPECT_TRUE(config.verbose && config.format.verbose);
  EXPECT_TRUE(accepted({"--quiet"}).quiet);
}

TEST(Config, RawAndUtcAreHandedOn) {
  const Config config = accepted({"--raw", "--utc"});
  EXPECT_TRUE(config.raw && config.format.utc);
}

TEST(Config, ReadConcernIsMajorityUnlessLocalIsRequested) {
  EXPECT_EQ(accepted({}).read_concern, ReadConcern::majority);
  EXPECT_EQ(accepted({"--read-concern", "local"}).read_concern, ReadConcern::local);
  EXPECT_EQ(error_of({"--read-concern", "linearizable"}).cause, Cause::usage);
  EXPECT_TRUE(accepted({"--allow-gap"}).allow_gap);
}

TEST(Config, FilesAreReadWithoutAServer) {
  Environment environment;
  environment.mongotail_uri = "not looked at: http://";
  EXPECT_THAT(accepted({"--file", "a", "b", "--skip-damaged"}, environment).files,
              ElementsAre("a", "b"));
  for (const Words& server :
       {Words{"--uri", "h"}, Words{"--host", "h"}, Words{"--port", "1"}, Words{"-u", "me"},
        Words{"--tls"}, Words{"--tlsCAFile", "ca"}, Words{"--authenticationDatabase", "db"},
        Words{"--authenticationMechanism", "PLAIN"}, Words{"--tlsAllowInvalidHostnames"}}) {
    Words words = {"--file", "a"};
    words.insert(words.end(), server.begin(), server.end());
    EXPECT_EQ(error_of(words).cause, Cause::usage) << server[0];
  }
  EXPECT_EQ(error_of({"--skip-damaged"}).cause, Cause::usage);
}

TEST(Config, AFileIsFollowedOnlyOnRequest) {
  EXPECT_FALSE(accepted({"--file", "a"}).follow);
  EXPECT_TRUE(accepted({"--file", "a", "-f"}).follow);
  EXPECT_FALSE(accepted({"--file", "a", "-f", "--no-follow"}).follow);
}

TEST(Config, ACursorIsReadBeforeAnythingIsConnected) {
  EXPECT_TRUE(accepted({"--after-cursor", "1795395795:7@3#2"}).after_cursor);
  for (const char* text : {"", "x", "1", "1:", "1:2@", "1:2#x"}) {
    const Error error = error_of({"--after-cursor", text});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, testing::StartsWith("--after-cursor: "));
  }
}

TEST(Config, ABadValueInTheConfigFileIsAUsageErrorThatNamesTheFile) {
  for (const char* text : {"since = noon", "limit = x", "output = xml", "op = q", "ns = \"\"",
                           "query = 7", "color = yes", "id = \"{\"", "changed = a..b",
                           "collection = c", "output = json\nformat = x", "since = 22:0",
                           "since = 1m\nuntil = 2m", "verbose\nquiet", "format = \"{ts\"",
                           "query = '{\"o\": {\"$nosuch\": 1}}'", "read-concern = x", "db = a.b"}) {
    const TemporaryFile file(text);
    const Error error = error_of({"--config", file.path()});
    EXPECT_EQ(error.cause, Cause::usage) << text;
    EXPECT_THAT(error.what, HasSubstr(file.path())) << text;
  }
}

TEST(Config, ABadValueOnTheCommandLineIsAUsageErrorDespiteAConfigFile) {
  const TemporaryFile file("since = now\n");
  EXPECT_EQ(error_of({"--config", file.path(), "--since", "noon"}).cause, Cause::usage);
}

// ---- State

TEST(Config, StatesAreOfOneDocumentWhateverElseIsSelected) {
  const Config config = accepted({"--state", "--ns", "shop.orders", "--id", "7", "--op", "u",
                                  "--changed", "status", "-q", "{}"});
  ASSERT_TRUE(config.state);
  EXPECT_EQ(config.state->ns, "shop.orders");
  EXPECT_TRUE(config.state->subject.id);
  EXPECT_TRUE(config.state->subject.ops.insert);
  EXPECT_THAT(config.state->subject.changed, ElementsAre());
  EXPECT_FALSE(config.state->subject.query);
  EXPECT_TRUE(config.format.state);
  EXPECT_EQ(accepted({"--state", "-d", "a", "-c", "x*y", "--id", "7"}).state->ns, "a.x*y");
  EXPECT_FALSE(accepted({"--ns", "shop.orders", "--id", "7"}).state);
}

TEST(Config, StatesNeedOneExactNamespaceAndOneId) {
  for (const Words& words : {Words{"--state"},
                             {"--state", "--id", "7"},
                             {"--state", "--ns", "a.b"},
                             {"--state", "--ns", "a.*", "--id", "7"},
                             {"--state", "--ns", "a", "--id", "7"},
                             {"--state", "--ns", "a.b", "--ns", "a.c", "--id", "7"},
                             {"--state", "--ns", "a.b", "--ns-exclude", "a.c", "--id", "7"}}) {
    EXPECT_THAT(error_of(words).what, HasSubstr("one exact --ns and one --id"))
        << testing::PrintToString(words);
  }
}

TEST(Config, StatesGoWithNothingThatLeavesOperationsOut) {
  const Words whole = {"--state", "--ns", "a.b", "--id", "7"};
  for (const Words& more : {Words{"--raw"},
                            {"--summary"},
                            {"--summary-by", "op"},
                            {"--allow-gap"},
                            {"--connect", "h:1"},
                            {"--file", "f", "--skip-damaged"},
                            {"a:1", "b:2"},
                            {"--file", "f", "--file", "g", "--merge"}}) {
    Words words = whole;
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(error_of(words).cause, Cause::usage) << testing::PrintToString(words);
  }
}

TEST(Config, ABaseIsForStatesOfSavedOplogsThatCanBeReadTwice) {
  EXPECT_EQ(
      accepted({"--state", "--ns", "a.b", "--id", "7", "--file", "f", "--base", "b"}).state->base,
      "b");
  EXPECT_THAT(error_of({"--base", "b"}).what, HasSubstr("--state"));
  EXPECT_THAT(error_of({"--state", "--ns", "a.b", "--id", "7", "--base", "b"}).what,
              HasSubstr("saved"));
  EXPECT_THAT(error_of({"--state", "--ns", "a.b", "--id", "7", "--base", "b", "--file", "-"}).what,
              HasSubstr("twice"));
}

}  // namespace
}  // namespace mongotail::cli

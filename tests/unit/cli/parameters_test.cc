#include "cli/parameters.h"

#include "cli/flags.h"
#include "cli_support.h"

namespace mongotail::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Invocation> read(std::vector<NamedValue> parameters) {
  return read_parameters(parameters);
}

TEST(Parameters, AreTheFlagsThatTheTableSays) {
  int cases = 0;
  for (const Flag& flag : flags()) {
    const std::string name(flag.name.substr(2));
    // Another command may have a flag of that name.
    const Flag* meant = find_flag(Invocation::Command::tail, flag.name);
    const bool is_parameter = meant != nullptr && meant->parameter;
    EXPECT_EQ(read({{name, flag.takes_value() ? "x" : "true"}}).has_value(), is_parameter) << name;
    cases += flag.parameter;
  }
  EXPECT_GE(cases, 16);
}

TEST(Parameters, KeepWhatTheyAreGivenAsItIs) {
  const auto it =
      read({{"ns", "a.b"}, {"id", "--x y"}, {"ns", "{}"}, {"limit", "1"}, {"limit", ""}});
  ASSERT_TRUE(it);
  EXPECT_THAT(it->ns, ElementsAre("a.b", "{}"));
  EXPECT_EQ(it->id, "--x y");
  EXPECT_EQ(it->limit, "");
}

TEST(Parameters, WithoutAValueAreOnOrOff) {
  for (const char* on : {"", "true", "1"}) EXPECT_FALSE(read({{"no-follow", on}})->follow) << on;
  for (const char* off : {"false", "0"}) EXPECT_TRUE(read({{"no-follow", off}})->follow) << off;
  EXPECT_EQ(read({{"internal", "maybe"}}).error().cause, Cause::usage);
}

TEST(Parameters, ThatDoNotExistGetAProposalOrTheList) {
  EXPECT_EQ(read({{"ids", "1"}}).error().hint, "did you mean id?");
  EXPECT_THAT(read({{"wobble-wobble", "1"}}).error().hint, HasSubstr("ns, ns-exclude, "));
  for (const char* name : {"n", "-n", "--ns", "", "cursor-file", "password", "follow"}) {
    EXPECT_FALSE(read({{name, "1"}})) << name;
  }
}

}  // namespace
}  // namespace mongotail::cli

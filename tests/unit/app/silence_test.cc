#include "app/silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/time_spec.h"
#include "tail/namespace_tally.h"

namespace mongotail::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Silence, NamesWhatWasThereAndTheNearestName) {
  match::Selection selection;
  selection.ns = {"shop.order"};
  EXPECT_THAT(explain_silence(selection, {12, {{"shop.orders", 9}, {"shop.carts", 3}}}, false),
              ElementsAre("nothing was printed: none of 12 entries was selected; they are of "
                          "shop.orders (9), shop.carts (3)",
                          "  try: did you mean --ns 'shop.orders'?"));
}

TEST(Silence, ProposesNothingWhereNothingIsNear) {
  match::Selection selection;
  selection.ns = {"billing.*"};
  EXPECT_THAT(explain_silence(selection, {1, {{"shop.orders", 1}}}, true),
              ElementsAre("nothing was printed: none of the newest 1 entry was selected; it is of "
                          "shop.orders (1)"));
}

TEST(Silence, PointsAtTheOtherFiltersWhereTheNamespaceHasOperations) {
  match::Selection selection;
  selection.ns = {"shop.*"};
  selection.changed = {"status"};
  EXPECT_THAT(explain_silence(selection, {2, {{"shop.orders", 2}}}, false).back(),
              HasSubstr("shop.orders has operations, so look at --changed"));
}

TEST(Silence, ShowsAFewNamespacesAndCountsTheOthers) {
  match::Selection selection;
  selection.ns = {"x"};
  tail::NamespaceTally::Seen seen{80, {}};
  for (int i = 0; i < 8; ++i) seen.namespaces.emplace_back("a.c" + std::to_string(i), 10);
  EXPECT_THAT(explain_silence(selection, seen, false).front(), HasSubstr("a.c4 (10) and 3 more"));
}

TEST(Silence, OfAnEmptyWindowIsSaidAsSuch) {
  EXPECT_THAT(explain_silence({}, {}, false), ElementsAre(HasSubstr("nothing to select from")));
}

std::vector<std::string> doubts_of(void (*change)(cli::Config&), bool resumed = false) {
  cli::Config config;
  change(config);
  return doubts(config, resumed);
}

TEST(Doubts, AreRaisedByARunThatCanReadNothing) {
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false; }).back(), HasSubstr("--since 1h"));
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false, c.since = cli::Now{}; }),
              testing::SizeIs(1));
  EXPECT_THAT(doubts_of([](cli::Config&) {}), IsEmpty());
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false, c.lines = 5; }), IsEmpty());
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false, c.since = cli::Oldest{}; }),
              IsEmpty());
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false; }, true), IsEmpty());
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.follow = false, c.files = {"x"}; }), IsEmpty());
}

TEST(Doubts, AreRaisedByAStartThatACursorFileOverrides) {
  const auto change = [](cli::Config& c) { c.cursor_file = "f", c.since = cli::Oldest{}; };
  EXPECT_THAT(doubts_of(change, true),
              ElementsAre("resuming from the cursor in f, so --since counts for nothing"));
  EXPECT_THAT(doubts_of(change, false), IsEmpty());
}

TEST(Doubts, AreRaisedByPatternsThatLookLikeSomethingElse) {
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.selection.ns = {"a.b, c.d"}; }),
              ElementsAre("--ns 'a.b, c.d' is one name with a comma in it; for several namespaces "
                          "write --ns a.b --ns c.d"));
  EXPECT_THAT(doubts_of([](cli::Config& c) { c.selection.ns = {"/^shop/"}; }),
              ElementsAre("--ns '/^shop/' is not read as a regular expression; try * and ?, or -q "
                          "'{ns: /^shop/}'"));
}

}  // namespace
}  // namespace mongotail::app

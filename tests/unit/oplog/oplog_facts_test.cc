#include "oplog/oplog_facts.h"

#include <gtest/gtest.h>

namespace mongotail::oplog {
namespace {

constexpr int begin = 1'795'000'000;
constexpr int hour = 3600;

/// So much after the first entry.
constexpr std::uint32_t seconds(int after) {
  return static_cast<std::uint32_t>(begin + after);
}

/// An oplog of 10 hours and 1,000 bytes of 2,000.
OplogFacts ten_hours() {
  OplogFacts facts;
  facts.first = OplogEnd{{seconds(0), 1}, std::nullopt};
  facts.last = OplogEnd{{seconds(10 * hour), 1}, std::nullopt};
  facts.entries = 1'000'000;
  facts.bytes = 1000;
  facts.max_bytes = 2000;
  return facts;
}

MemberFacts member(int behind, bool primary = false) {
  MemberFacts facts;
  facts.name = "db:27017";
  facts.state = primary ? "PRIMARY" : "SECONDARY";
  facts.is_primary = primary;
  facts.ts = bson::Timestamp{seconds(10 * hour - behind), 1};
  return facts;
}

TEST(OplogFacts, TheWindowIsFromTheFirstEntryToTheLast) {
  const OplogFigures figures = figures_of(ten_hours());
  EXPECT_DOUBLE_EQ(*figures.hours, 10);
  EXPECT_DOUBLE_EQ(*figures.window_bytes, 100);
}

TEST(OplogFacts, NothingIsSaidOfWhatIsNotKnown) {
  const OplogFigures figures = figures_of({});
  EXPECT_FALSE(figures.hours || figures.window_bytes || figures.last_hour_bytes ||
               figures.hours_at_present_rate || figures.transactions);
  OplogFacts one_entry = ten_hours();
  one_entry.last = one_entry.first;
  EXPECT_FALSE(figures_of(one_entry).window_bytes || figures_of(one_entry).hours_at_present_rate);
}

TEST(OplogFacts, ThePresentRateIsThatOfTheLastHour) {
  OplogFacts facts = ten_hours();
  EXPECT_FALSE(figures_of(facts).hours_at_present_rate);
  facts.last_hour_bytes = 400;
  EXPECT_DOUBLE_EQ(*figures_of(facts).hours_at_present_rate, 5);
  EXPECT_FALSE(figures_of(facts).last_hour_is_estimate);
  facts.totals = OplogTotals{7, 1000, 250, 200};
  EXPECT_DOUBLE_EQ(*figures_of(facts).hours_at_present_rate, 10);
}

TEST(OplogFacts, AnOplogOfLessThanAnHourHasItsMeanAsRate) {
  OplogFacts facts = ten_hours();
  facts.last->ts.seconds = seconds(hour / 2);
  EXPECT_DOUBLE_EQ(*figures_of(facts).last_hour_bytes, 2000);
  EXPECT_DOUBLE_EQ(*figures_of(facts).hours_at_present_rate, 1);
}

TEST(OplogFacts, ASampleEstimatesTheLastHourByItsBytes) {
  OplogFacts facts = ten_hours();
  facts.sample = {{{seconds(hour), 1}, 30, false},
                  {{seconds(9 * hour - 1), 1}, 30, true},
                  {{seconds(9 * hour + 1), 1}, 20, false}};
  const OplogFigures figures = figures_of(facts);
  EXPECT_DOUBLE_EQ(*figures.last_hour_bytes, 250);
  EXPECT_TRUE(figures.last_hour_is_estimate);
  EXPECT_DOUBLE_EQ(*figures.transactions, 0.375);
  EXPECT_TRUE(figures.transactions_is_estimate);
}

TEST(OplogFacts, ReadingAllOfItMakesTheTransactionsShareExact) {
  OplogFacts facts = ten_hours();
  facts.totals = OplogTotals{7, 1000, 250, 200};
  EXPECT_DOUBLE_EQ(*figures_of(facts).transactions, 0.25);
  EXPECT_FALSE(figures_of(facts).transactions_is_estimate);
}

TEST(OplogFacts, TheMinimumRetentionIsKeptWhateverTheRate) {
  OplogFacts facts = ten_hours();
  facts.last_hour_bytes = 400;
  facts.min_retention_hours = 48;
  facts.members = {member(0, true), member(2 * hour)};
  const OplogFigures figures = figures_of(facts);
  EXPECT_DOUBLE_EQ(*figures.hours_at_present_rate, 48);
  EXPECT_DOUBLE_EQ(*figures.members[1].hours_until_stale, 46);
}

TEST(OplogFacts, MembersAreBehindThePrimary) {
  OplogFacts facts = ten_hours();
  facts.members = {member(5), member(0, true), member(65), member(-3)};
  const auto figures = figures_of(facts).members;
  EXPECT_DOUBLE_EQ(*figures[0].lag_seconds, 5);
  EXPECT_DOUBLE_EQ(*figures[1].lag_seconds, 0);
  EXPECT_DOUBLE_EQ(*figures[2].lag_seconds, 65);
  // Asked a moment later.
  EXPECT_DOUBLE_EQ(*figures[3].lag_seconds, 0);
}

TEST(OplogFacts, WithoutAPrimaryMembersAreBehindTheNewest) {
  OplogFacts facts = ten_hours();
  facts.members = {member(5), member(2), MemberFacts{}};
  const auto figures = figures_of(facts).members;
  EXPECT_DOUBLE_EQ(*figures[0].lag_seconds, 3);
  EXPECT_FALSE(figures[2].lag_seconds);
}

TEST(OplogFacts, AMemberMayBeAwayUntilWhatItLacksIsOverwritten) {
  OplogFacts facts = ten_hours();
  facts.last_hour_bytes = 100;
  // Half of the bytes are of the last five hours.
  facts.sample = {{{seconds(hour), 1}, 50, false}, {{seconds(6 * hour), 1}, 50, false}};
  facts.members = {member(0, true), member(5 * hour), member(11 * hour)};
  const auto figures = figures_of(facts).members;
  EXPECT_DOUBLE_EQ(*figures[0].hours_until_stale, 20);
  EXPECT_DOUBLE_EQ(*figures[1].hours_until_stale, 15);
  EXPECT_DOUBLE_EQ(*figures[2].hours_until_stale, 0);
}

TEST(OplogFacts, AnArbiterHasNoLag) {
  OplogFacts facts = ten_hours();
  MemberFacts arbiter = member(100);
  arbiter.has_data = false;
  facts.members = {member(0, true), arbiter};
  EXPECT_FALSE(figures_of(facts).members[1].lag_seconds);
}

OplogFacts facts_from_to(const char* source, std::uint32_t first, std::uint32_t last) {
  OplogFacts facts;
  facts.source = source;
  facts.first = OplogEnd{{first, 1}, {}};
  facts.last = OplogEnd{{last, 1}, {}};
  return facts;
}

TEST(CommonWindow, IsWhatAllOfThemHold) {
  const auto window =
      common_window({facts_from_to("a", 3600, 36000), facts_from_to("b", 7200, 28800),
                     facts_from_to("c", 0, 32400)});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->first.ts, (bson::Timestamp{7200, 1}));
  EXPECT_EQ(window->begins, "b");
  EXPECT_EQ(window->last.ts, (bson::Timestamp{28800, 1}));
  EXPECT_EQ(window->ends, "b");
  EXPECT_DOUBLE_EQ(window->hours, 6);
}

TEST(CommonWindow, IsBelowNothingWhereOneEndsBeforeAnotherBegins) {
  const auto window = common_window({facts_from_to("a", 0, 3600), facts_from_to("b", 7200, 9000)});
  ASSERT_TRUE(window);
  EXPECT_DOUBLE_EQ(window->hours, -1);
  EXPECT_FALSE(common_window({facts_from_to("a", 0, 3600), OplogFacts{}}));
}

}  // namespace
}  // namespace mongotail::oplog

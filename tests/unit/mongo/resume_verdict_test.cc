#include "mongo/resume_verdict.h"

#include <gtest/gtest.h>

namespace mongotail::mongo {
namespace {

using oplog::OpTime;

constexpr OpTime after{{100, 2}, 5};

ResumeFacts without_entry(OpTime oldest, OpTime newest) {
  return {std::nullopt, oldest, newest};
}

TEST(ResumeVerdict, TheSameEntryIsExact) {
  EXPECT_EQ(judge_resume(after, {after, {}, {}}), Verdict::exact);
}

TEST(ResumeVerdict, TheSameTsInAnotherTermWasRolledBack) {
  EXPECT_EQ(judge_resume(after, {OpTime{{100, 2}, 6}, {}, {}}), Verdict::rolled_back);
}

TEST(ResumeVerdict, WithoutATermTheTsIsEnough) {
  EXPECT_EQ(judge_resume({{100, 2}}, {OpTime{{100, 2}, 6}, {}, {}}), Verdict::exact);
}

TEST(ResumeVerdict, AnOplogThatBeginsLaterIsAGap) {
  EXPECT_EQ(judge_resume(after, without_entry({{100, 3}, 5}, {{200, 1}, 5})), Verdict::gap);
}

TEST(ResumeVerdict, AMemberThatEndsEarlierIsBehind) {
  EXPECT_EQ(judge_resume(after, without_entry({{1, 1}, 1}, {{100, 1}, 5})), Verdict::behind);
  EXPECT_EQ(judge_resume(after, without_entry({{1, 1}, 1}, {{99, 1}, 4})), Verdict::behind);
}

TEST(ResumeVerdict, AnEmptyOplogIsBehind) {
  EXPECT_EQ(judge_resume(after, {}), Verdict::behind);
}

TEST(ResumeVerdict, AMissingEntryWithOlderAndNewerOnesWasRolledBack) {
  EXPECT_EQ(judge_resume(after, without_entry({{1, 1}, 1}, {{100, 3}, 6})), Verdict::rolled_back);
  EXPECT_EQ(judge_resume({{100, 2}}, without_entry({{1, 1}, 1}, {{100, 3}, 6})),
            Verdict::rolled_back);
}

TEST(ResumeVerdict, AnOplogThatEndsEarlierButInANewerTermHasRolledBack) {
  EXPECT_EQ(judge_resume(after, without_entry({{1, 1}, 1}, {{99, 1}, 6})), Verdict::rolled_back);
}

TEST(ResumeVerdict, AnOplogWithNewerEntriesOfAnOlderTermIsStale) {
  EXPECT_EQ(judge_resume(after, without_entry({{1, 1}, 1}, {{100, 3}, 4})), Verdict::stale);
  EXPECT_EQ(judge_resume(after, {OpTime{{100, 2}, 4}, {}, {}}), Verdict::stale);
}

TEST(Absence, TheMemberThatIsReadDecides) {
  EXPECT_EQ(judge_absence({Verdict::gap, {Verdict::behind}}), Missing::cut_off);
  EXPECT_EQ(judge_absence({Verdict::rolled_back, {Verdict::gap}}), Missing::rolled_back);
  EXPECT_EQ(judge_absence({Verdict::behind, {Verdict::gap, Verdict::gap}}), Missing::may_come);
  EXPECT_EQ(judge_absence({Verdict::stale, {Verdict::gap}}), Missing::may_come);
}

TEST(Absence, WithoutItsAnswerNothingIsMissingWhileAnyOtherIsBehind) {
  EXPECT_EQ(judge_absence({}), Missing::may_come);
  EXPECT_EQ(judge_absence({std::nullopt, {Verdict::gap, Verdict::behind}}), Missing::may_come);
  EXPECT_EQ(judge_absence({std::nullopt, {Verdict::gap, Verdict::gap}}), Missing::cut_off);
  EXPECT_EQ(judge_absence({std::nullopt, {Verdict::gap, Verdict::rolled_back}}),
            Missing::rolled_back);
}

}  // namespace
}  // namespace mongotail::mongo

#include "base/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mongotail {
namespace {

using testing::Eq;
using testing::Optional;

const std::vector<std::string> flags = {"ns", "ns-exclude", "since", "until", "tlsCAFile", "op"};

TEST(EditDistance, CountsLettersPutInTakenOutAndReplaced) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, CountsTwoSwappedNeighboursAsOne) {
  EXPECT_EQ(edit_distance("sicne", "since"), 1U);
  EXPECT_EQ(edit_distance("ba", "ab"), 1U);
}

TEST(EditDistance, TakesNoNoticeOfCase) {
  EXPECT_EQ(edit_distance("TLScafile", "tlsCAFile"), 0U);
}

TEST(Closest, FindsASlipOfTheFinger) {
  EXPECT_THAT(closest("sicne", flags), Optional(Eq("since")));
  EXPECT_THAT(closest("ns-exlude", flags), Optional(Eq("ns-exclude")));
  EXPECT_THAT(closest("tlscafile", flags), Optional(Eq("tlsCAFile")));
}

TEST(Closest, FindsWhatTheWordIsAPartOf) {
  EXPECT_THAT(closest("exclude", flags), Optional(Eq("ns-exclude")));
}

TEST(Closest, ProposesNothingForAWordUnlikeAll) {
  EXPECT_EQ(closest("wobble", flags), std::nullopt);
  EXPECT_EQ(closest("x", flags), std::nullopt);
  EXPECT_EQ(closest("", flags), std::nullopt);
}

TEST(Closest, DoesNotCompareWordsFarLongerThanAnyFlag) {
  EXPECT_EQ(closest("since" + std::string(100'000, 'e'), flags), std::nullopt);
}

}  // namespace
}  // namespace mongotail

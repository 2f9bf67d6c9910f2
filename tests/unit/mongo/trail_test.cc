#include "mongo/trail.h"

#include <gtest/gtest.h>

#include <vector>

namespace mongotail::mongo {
namespace {

using oplog::OpTime;

OpTime at(std::uint32_t seconds, std::int64_t term) {
  return {{seconds, 1}, term};
}

Trail trail_of(const std::vector<OpTime>& places) {
  Trail trail;
  for (const OpTime& place : places) trail.add(place);
  return trail;
}

std::optional<OpTime> common(const Trail& trail, const std::vector<OpTime>& oplog) {
  const auto found = trail.newest_common([&](std::int64_t term) -> Result<std::optional<OpTime>> {
    std::optional<OpTime> newest;
    for (const OpTime& entry : oplog) {
      if (entry.term <= term) newest = entry;
    }
    return newest;
  });
  return *found;
}

TEST(Trail, AnOplogThatEndsEarlierInTheSameTermPartsAtItsEnd) {
  EXPECT_EQ(common(trail_of({at(1, 1), at(9, 1)}), {at(1, 1), at(5, 1), at(10, 2)}), at(5, 1));
}

TEST(Trail, AnOplogThatWentFurtherInTheSameTermPartsWhereTheTrailEnds) {
  EXPECT_EQ(common(trail_of({at(8, 5), at(11, 6)}), {at(8, 5), at(9, 5), at(10, 5), at(12, 7)}),
            at(8, 5));
}

TEST(Trail, TermsThatOnlyOneOfTheTwoHasArePassedOver) {
  EXPECT_EQ(common(trail_of({at(3, 2), at(5, 4), at(7, 6)}), {at(3, 2), at(4, 3), at(6, 5)}),
            at(3, 2));
  EXPECT_EQ(common(trail_of({at(3, 2), at(9, 8)}), {at(3, 2), at(4, 3), at(6, 5)}), at(3, 2));
}

TEST(Trail, NothingIsInCommonWithAnOplogWithoutAnyOfItsTerms) {
  EXPECT_EQ(common(trail_of({at(11, 6)}), {at(8, 5), at(12, 7)}), std::nullopt);
  EXPECT_EQ(common(trail_of({at(11, 6)}), {at(12, 7)}), std::nullopt);
  EXPECT_EQ(common({}, {at(8, 5)}), std::nullopt);
}

TEST(Trail, AfterARollbackTheLostTermsAreForgotten) {
  Trail trail = trail_of({at(3, 2), at(9, 4), at(11, 6)});
  trail.cut_after(at(7, 4));
  EXPECT_EQ(trail.newest_up_to(99), at(7, 4));
  trail.cut_after(at(3, 2));
  EXPECT_EQ(trail.newest_up_to(99), at(3, 2));
  EXPECT_EQ(trail.oldest(), at(3, 2));
}

TEST(Trail, IsBoundedByForgettingTheOldestTerms) {
  Trail trail;
  const auto terms = static_cast<std::uint32_t>(Trail::max_terms) + 5;
  for (std::uint32_t term = 1; term <= terms; ++term) trail.add(at(term, term));
  EXPECT_EQ(trail.oldest(), at(6, 6));
  EXPECT_EQ(trail.newest_up_to(99'999), at(terms, terms));
}

TEST(Trail, APlaceWithoutATermIsLeftOut) {
  EXPECT_TRUE(trail_of({OpTime{{5, 1}}}).empty());
}

}  // namespace
}  // namespace mongotail::mongo

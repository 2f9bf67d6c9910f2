#include "serve/ring.h"

#include "serve_support.h"

namespace mongotail::serve {
namespace {

const resume::Cursor& place_of(const Ring& ring, Seq seq) {
  const Ring::Position position = ring.at(seq);
  return (*position.block)->place(position.index);
}

TEST(RingTest, KeepsTheNewestBlocksThatFit) {
  const std::size_t one = insert_at(1)->memory();
  Ring ring(3 * one, place_at(0));
  for (std::uint32_t second = 1; second <= 5; ++second) {
    ring.push(insert_at(second), place_at(second));
  }
  EXPECT_EQ(ring.begin(), 2u);
  EXPECT_EQ(ring.end(), 5u);
  EXPECT_EQ(ring.floor(), place_at(2));
  EXPECT_EQ(ring.top(), place_at(5));
  EXPECT_EQ(ring.memory(), 3 * one);
  EXPECT_EQ(place_of(ring, 2), place_at(3));
}

TEST(RingTest, ABlockLargerThanTheRingStaysUntilTheNextComes) {
  Ring ring(1, place_at(0));
  ring.push(insert_at(1), place_at(1));
  EXPECT_EQ(ring.end() - ring.begin(), 1u);
  ring.push(insert_at(2), place_at(2));
  EXPECT_EQ(ring.begin(), 1u);
  EXPECT_EQ(ring.floor(), place_at(1));
}

TEST(RingTest, FindsTheFirstOperationAfterAPlace) {
  Ring ring(1u << 20, place_at(0));
  ring.push(block_of({TestOperation(place_at(1), "a.b", "1"),
                      TestOperation(place_at(3, 1, 0), "a.b", "2"),
                      TestOperation(place_at(3), "a.b", "3")}),
            place_at(3));
  ring.push(insert_at(5), place_at(6));
  EXPECT_EQ(ring.first_after(place_at(0)), 0u);
  EXPECT_EQ(ring.first_after(place_at(1)), 1u);
  EXPECT_EQ(ring.first_after(place_at(2)), 1u);
  EXPECT_EQ(ring.first_after(place_at(3, 1, 0)), 2u);
  EXPECT_EQ(ring.first_after(place_at(3)), 3u);
  EXPECT_EQ(ring.first_after(place_at(5)), 4u);
  EXPECT_EQ(ring.first_after(place_at(9)), ring.end());
}

TEST(RingTest, FindsEveryOperationHoweverManyBlocksThereAre) {
  Ring ring(1u << 20, place_at(0));
  for (std::uint32_t second = 1; second <= 70; ++second) {
    const resume::Cursor middle = place_at(second, 1, 0);
    ring.push(second % 3 == 0 ? block_of({TestOperation(middle, "a.b", "1"),
                                          TestOperation(place_at(second), "a.b", "2")})
                              : insert_at(second),
              place_at(second));
    std::uint32_t expected = 1;
    for (Seq seq = ring.begin(); seq < ring.end(); ++seq) {
      const resume::Cursor& place = place_of(ring, seq);
      ASSERT_EQ(place.optime.ts.seconds, expected) << seq << " of " << ring.end();
      if (!place.index) ++expected;
    }
    ASSERT_EQ(expected, second + 1);
  }
}

TEST(RingTest, KnowsPlacesByTheirTermToo) {
  Ring ring(1u << 20, place_at(0));
  ring.push(insert_at(2), place_at(4));
  EXPECT_TRUE(ring.knows(place_at(2)));
  EXPECT_TRUE(ring.knows(place_at(4)));
  EXPECT_FALSE(ring.knows(place_at(3)));
  EXPECT_FALSE(ring.knows(place_at(1)));
  resume::Cursor other = place_at(2);
  other.optime.term = 7;
  EXPECT_FALSE(ring.knows(other));
}

TEST(RingTest, AWatermarkMovesTheTopAlone) {
  Ring ring(1u << 20, place_at(1));
  ring.push(nullptr, place_at(3));
  EXPECT_EQ(ring.end(), 0u);
  EXPECT_EQ(ring.floor(), place_at(1));
  EXPECT_EQ(ring.top(), place_at(3));
}

}  // namespace
}  // namespace mongotail::serve

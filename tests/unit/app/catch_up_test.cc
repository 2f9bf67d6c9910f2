#include "app/catch_up.h"

#include <gtest/gtest.h>

#include "app/scripted_source.h"

namespace mongotail::app {
namespace {

using std::chrono::seconds;

const CatchUp::Time start{seconds(1000)};

oplog::Batch up_to(std::uint32_t second, bool caught_up = false) {
  oplog::Batch batch;
  batch.watermark = oplog::OpTime{{second, 1}, 1};
  batch.caught_up = caught_up;
  return batch;
}

/// Of a server whose oplog was at 2000 when the run began at 1000.
CatchUpWindow live() {
  CatchUpWindow window;
  window.begin = bson::Timestamp{1000, 1};
  window.end = bson::Timestamp{2000, 1};
  return window;
}

TEST(CatchUp, KnowsItsPlaceByTheWatermarkAlone) {
  CatchUp catch_up(live(), start);
  EXPECT_FALSE(catch_up.progress(start).position);
  catch_up.took(up_to(1250, true));
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_EQ(progress.position, 1250);
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.25);
  EXPECT_EQ(progress.left, seconds(3));
  EXPECT_FALSE(catch_up.over()) << "a filter keeps the server silent; it has not caught up";
}

TEST(CatchUp, IsOverAtItsEndOnceNoMoreIsAtHand) {
  CatchUp catch_up(live(), start);
  catch_up.took(up_to(2000));
  EXPECT_FALSE(catch_up.over()) << "more has come since";
  catch_up.took(up_to(2003, true));
  EXPECT_TRUE(catch_up.over());
}

TEST(CatchUp, IsOverAtOnceWhereNothingIsThere) {
  CatchUpWindow window = live();
  window.begin = bson::Timestamp{2000, 2};
  EXPECT_TRUE(CatchUp(window, start).over());
}

TEST(CatchUp, RunsAfterAnEndThatMoves) {
  CatchUpWindow window = live();
  window.end_moves = true;
  CatchUp catch_up(window, start);
  catch_up.took(up_to(1021));
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_DOUBLE_EQ(*progress.fraction, 21.0 / 1001);
  EXPECT_EQ(progress.left, seconds(980 / 20));
}

TEST(CatchUp, NamesNoTimeThatIsLeftWhereItFallsBehind) {
  CatchUpWindow window = live();
  window.end_moves = true;
  CatchUp catch_up(window, start);
  catch_up.took(up_to(1001));
  EXPECT_FALSE(catch_up.progress(start + seconds(2)).left);
}

TEST(CatchUp, BeginsWithTheFirstEntryWhereTheOldestIsAskedFor) {
  CatchUpWindow window = live();
  window.begin.reset();
  CatchUp catch_up(window, start);
  catch_up.took(up_to(1500));
  EXPECT_DOUBLE_EQ(*catch_up.progress(start + seconds(1)).fraction, 0);
  catch_up.took(up_to(1750));
  const auto progress = catch_up.progress(start + seconds(2));
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.5);
  EXPECT_EQ(progress.left, seconds(1));
}

TEST(CatchUp, MeasuresEntriesAndBytesOfTheLastSeconds) {
  constexpr std::string_view entry =
      R"({"ts":{"$timestamp":{"t":1100,"i":1}},"op":"n","ns":"","o":{}})";
  CatchUp catch_up(live(), start);
  const oplog::Batch batch = batch_of({entry, entry}, false);
  const auto size = static_cast<double>(batch.entries[0].size());
  catch_up.took(batch);
  auto progress = catch_up.progress(start + seconds(1));
  EXPECT_DOUBLE_EQ(progress.entries_per_second, 2);
  EXPECT_DOUBLE_EQ(progress.bytes_per_second, 2 * size);
  EXPECT_EQ(progress.position, 1100);
  for (int second = 2; second < 10; ++second) progress = catch_up.progress(start + seconds(second));
  EXPECT_DOUBLE_EQ(progress.entries_per_second, 0) << "they are long ago";
}

TEST(CatchUp, OfFilesGoesByTheBytesThatWereRead) {
  std::atomic<std::uint64_t> read = 0;
  CatchUpWindow window;
  window.ends = true;
  window.bytes = 4'000'000;
  window.bytes_read = &read;
  CatchUp catch_up(window, start);
  read = 1'000'000;
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_EQ(progress.what, "reading");
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.25);
  EXPECT_DOUBLE_EQ(progress.bytes_per_second, 1'000'000);
  EXPECT_EQ(progress.left, seconds(3));
  EXPECT_FALSE(progress.position);
  catch_up.took(up_to(5));
  EXPECT_FALSE(catch_up.over());
  catch_up.took(up_to(6, true));
  EXPECT_TRUE(catch_up.over()) << "the end of a file that is followed";
}

TEST(CatchUp, OfAPipeHasNoEndThatIsKnown) {
  std::atomic<std::uint64_t> read = 0;
  CatchUpWindow window;
  window.bytes_read = &read;
  CatchUp catch_up(window, start);
  read = 1'000'000;
  catch_up.took(up_to(5));
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_EQ(progress.position, 5);
  EXPECT_DOUBLE_EQ(progress.bytes_per_second, 1'000'000);
  EXPECT_FALSE(progress.fraction || progress.left);
}

}  // namespace
}  // namespace mongotail::app

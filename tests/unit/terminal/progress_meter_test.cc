#include "terminal/progress_meter.h"

#include <gtest/gtest.h>

#include "scripted_source.h"

namespace mongotail::terminal {
namespace {

using std::chrono::seconds;

const ProgressMeter::Time start{seconds(1000)};

oplog::Batch up_to(std::uint32_t second, bool caught_up = false) {
  oplog::Batch batch;
  batch.watermark = oplog::OpTime{{second, 1}, 1};
  batch.caught_up = caught_up;
  return batch;
}

/// Of a server whose oplog was at 2000 when the run began at 1000.
ProgressWindow live() {
  ProgressWindow window;
  window.begin = bson::Timestamp{1000, 1};
  window.end = bson::Timestamp{2000, 1};
  return window;
}

TEST(ProgressMeter, KnowsItsPlaceByTheWatermarkAlone) {
  ProgressMeter catch_up(live(), start);
  EXPECT_FALSE(catch_up.progress(start).position);
  catch_up.took(up_to(1250, true));
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_EQ(progress.position, 1250);
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.25);
  EXPECT_FALSE(catch_up.over()) << "a filter keeps the server silent; it has not caught up";
}

TEST(ProgressMeter, OfSeveralSourcesTheOneThatIsFurthestBackSays) {
  ProgressWindow window = live();
  window.source_ends = {bson::Timestamp{2000, 1}, bson::Timestamp{1500, 1}};
  ProgressMeter catch_up(window, start);
  const auto took = [&](std::size_t source, std::uint32_t second, bool caught_up = false) {
    auto batch = up_to(second, caught_up);
    batch.source = source;
    catch_up.took(batch);
    return catch_up.progress(start + seconds(1));
  };
  EXPECT_FALSE(took(0, 1900).position) << "the other may be anywhere";
  EXPECT_DOUBLE_EQ(*took(1, 1250).fraction, 0.25);
  EXPECT_DOUBLE_EQ(*took(1, 1500).fraction, 0.9) << "it had no more";
  EXPECT_FALSE(catch_up.over());
  EXPECT_DOUBLE_EQ(*took(0, 2000, true).fraction, 1);
  EXPECT_TRUE(catch_up.over());
}

TEST(ProgressMeter, OfSeveralFilesThePositionIsTheNewestOfThem) {
  ProgressWindow window;
  window.source_ends.resize(2);
  ProgressMeter catch_up(window, start);
  for (const std::uint32_t second : {1200u, 1100u}) {
    auto batch = up_to(second);
    batch.source = second == 1200 ? 0 : 1;
    catch_up.took(batch);
  }
  EXPECT_EQ(catch_up.progress(start + seconds(1)).position, 1200);
}

TEST(ProgressMeter, IsOverAtItsEndOnceNoMoreIsAtHand) {
  ProgressMeter catch_up(live(), start);
  catch_up.took(up_to(2000));
  EXPECT_FALSE(catch_up.over()) << "more has come since";
  catch_up.took(up_to(2003, true));
  EXPECT_TRUE(catch_up.over());
}

TEST(ProgressMeter, IsOverAtOnceWhereNothingIsThere) {
  ProgressWindow window = live();
  window.begin = bson::Timestamp{2000, 2};
  EXPECT_TRUE(ProgressMeter(window, start).over());
}

TEST(ProgressMeter, RunsAfterAnEndThatMoves) {
  ProgressWindow window = live();
  window.end_moves = true;
  ProgressMeter catch_up(window, start);
  output::Progress progress;
  for (int second = 1; second <= 3; ++second) {
    catch_up.took(up_to(static_cast<std::uint32_t>(1000 + 21 * second)));
    progress = catch_up.progress(start + seconds(second));
  }
  EXPECT_DOUBLE_EQ(*progress.fraction, 63.0 / 1003);
  EXPECT_EQ(progress.left, seconds(940 / 20));
}

TEST(ProgressMeter, NamesNoTimeThatIsLeftBeforeItsEstimatesAgree) {
  ProgressMeter catch_up(live(), start);
  catch_up.took(up_to(1250));
  EXPECT_FALSE(catch_up.progress(start + seconds(1)).left) << "the first";
  catch_up.took(up_to(1500));
  EXPECT_EQ(catch_up.progress(start + seconds(2)).left, seconds(2));
  catch_up.took(up_to(1510));
  EXPECT_FALSE(catch_up.progress(start + seconds(5)).left) << "a burst";
  output::Progress progress;
  for (std::uint32_t second = 6; second <= 14; ++second) {
    catch_up.took(up_to(1510 + 10 * (second - 5)));
    progress = catch_up.progress(start + seconds(second));
  }
  EXPECT_EQ(progress.left, seconds((2000 - 1600) / 10));
}

TEST(ProgressMeter, NamesNoTimeThatIsLeftWhereItFallsBehind) {
  ProgressWindow window = live();
  window.end_moves = true;
  ProgressMeter catch_up(window, start);
  catch_up.took(up_to(1001));
  EXPECT_FALSE(catch_up.progress(start + seconds(2)).left);
}

TEST(ProgressMeter, BeginsWithTheFirstEntryIfTheOldestIsRequested) {
  ProgressWindow window = live();
  window.begin.reset();
  ProgressMeter catch_up(window, start);
  catch_up.took(up_to(1500));
  EXPECT_DOUBLE_EQ(*catch_up.progress(start + seconds(1)).fraction, 0);
  catch_up.took(up_to(1750));
  const auto progress = catch_up.progress(start + seconds(2));
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.5);
}

// A batch of so many bytes of entries, all of that second.
oplog::Batch of_bytes(std::size_t bytes, std::uint32_t second) {
  static const bson::OwnedDocument entry(bson::Builder().append("o", std::string(987, 'x')).take());
  EXPECT_EQ(entry.view().size(), 1000u);
  oplog::Batch batch = up_to(second);
  batch.entries.assign(bytes / 1000, entry.view());
  return batch;
}

TEST(ProgressMeter, OfAnOplogWhoseSizeIsKnownGoesByBytes) {
  ProgressWindow window = live();
  window.begin.reset();
  window.oplog = {1'000'000, 0};
  ProgressMeter catch_up(window, start);
  output::Progress progress;
  for (int second = 1; second <= 3; ++second) {
    catch_up.took(of_bytes(250'000, 1001));
    progress = catch_up.progress(start + seconds(second));
    EXPECT_DOUBLE_EQ(*progress.fraction, 0.25 * second) << "a burst in one second of 1000";
  }
  EXPECT_EQ(progress.left, seconds(1));
  catch_up.took(of_bytes(250'000, 2000));
  progress = catch_up.progress(start + seconds(4));
  EXPECT_DOUBLE_EQ(*progress.fraction, 1);
  EXPECT_FALSE(progress.left) << "what came meanwhile is not known";
}

TEST(ProgressMeter, OfSomeEntriesOfAnOplogGoesByItsShape) {
  ProgressWindow window = live();
  window.shape.emplace(
      std::vector<OplogShape::Entry>{{{900, 1}, 50}, {{1001, 1}, 300}, {{2000, 1}, 100}});
  ProgressMeter catch_up(window, start);
  catch_up.took(up_to(1001));
  const double begin = 50 + 300 * 100.0 / 101;
  EXPECT_NEAR(*catch_up.progress(start + seconds(1)).fraction, (350 - begin) / (450 - begin), 1e-9);
  catch_up.took(up_to(2000));
  EXPECT_DOUBLE_EQ(*catch_up.progress(start + seconds(2)).fraction, 1);
}

TEST(ProgressMeter, OfAPartOfAnOplogTakesTheRestToBeSpreadEvenlyOverWhatWasNotSeen) {
  ProgressWindow window = live();
  window.oplog = {1'000'000, 3003};
  ProgressMeter catch_up(window, start);
  catch_up.took(of_bytes(0, 1000));
  EXPECT_DOUBLE_EQ(*catch_up.progress(start + seconds(1)).fraction, 0);
  catch_up.took(of_bytes(600'000, 1000));
  EXPECT_DOUBLE_EQ(*catch_up.progress(start + seconds(1)).fraction,
                   600 / (600 + 400 * 1001.0 / 4004));
}

TEST(ProgressMeter, MeasuresEntriesAndBytesOfTheLastSeconds) {
  constexpr std::string_view entry =
      R"({"ts":{"$timestamp":{"t":1100,"i":1}},"op":"n","ns":"","o":{}})";
  ProgressMeter catch_up(live(), start);
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

TEST(ProgressMeter, OfFilesGoesByTheBytesThatWereRead) {
  std::atomic<std::uint64_t> read = 0;
  ProgressWindow window;
  window.ends = true;
  window.bytes = 4'000'000;
  window.bytes_read = &read;
  ProgressMeter catch_up(window, start);
  read = 1'000'000;
  catch_up.progress(start + seconds(1));
  read = 2'000'000;
  const auto progress = catch_up.progress(start + seconds(2));
  EXPECT_EQ(progress.what, "reading");
  EXPECT_DOUBLE_EQ(*progress.fraction, 0.5);
  EXPECT_DOUBLE_EQ(progress.bytes_per_second, 1'000'000);
  EXPECT_EQ(progress.left, seconds(2));
  EXPECT_FALSE(progress.position);
  catch_up.took(up_to(5));
  EXPECT_FALSE(catch_up.over());
  catch_up.took(up_to(6, true));
  EXPECT_TRUE(catch_up.over()) << "the end of a file that is followed";
}

TEST(ProgressMeter, OfAPipeHasNoEndThatIsKnown) {
  std::atomic<std::uint64_t> read = 0;
  ProgressWindow window;
  window.bytes_read = &read;
  ProgressMeter catch_up(window, start);
  read = 1'000'000;
  catch_up.took(up_to(5));
  const auto progress = catch_up.progress(start + seconds(1));
  EXPECT_EQ(progress.position, 5);
  EXPECT_DOUBLE_EQ(progress.bytes_per_second, 1'000'000);
  EXPECT_FALSE(progress.fraction || progress.left);
}

}  // namespace
}  // namespace mongotail::terminal

#include "mongo/scan_pace.h"

#include <gtest/gtest.h>

namespace mongotail::mongo {
namespace {

using namespace std::chrono_literals;

// A server that reads so many entries a second, of an oplog as dense as `density` says.
// Returns how many reads took longer than a socket timeout of 10 s.
template <typename Density>
int reads_given_up(Density density, std::uint32_t end) {
  constexpr double entries_a_second = 600'000;
  ScanPace pace;
  int given_up = 0;
  for (std::uint32_t begin = 0; begin < end;) {
    double entries = 0;
    for (std::uint32_t at = 0; at < pace.span(); ++at) entries += density(begin + at);
    const std::chrono::duration<double> took(entries / entries_a_second);
    if (took > 10s) {
      ++given_up;
      EXPECT_TRUE(pace.shrink());
    } else {
      begin += pace.span();
      pace.took(std::chrono::duration_cast<ScanPace::Duration>(took), 1s);
    }
  }
  return given_up;
}

TEST(ScanPace, NoReadTakesTooLongWhereWritesAreEven) {
  EXPECT_EQ(reads_given_up([](auto) { return 20'000.0; }, 100'000), 0);
}

TEST(ScanPace, QuietNightsBeforeBusyDaysAreMisjudgedOnlyOnce) {
  const auto density = [](std::uint32_t at) { return at / 43'200 % 2 == 0 ? 20.0 : 2'000.0; };
  EXPECT_EQ(reads_given_up(density, 10 * 86'400), 1);
}

TEST(ScanPace, GoesOverAYearOfSilenceInFewSteps) {
  ScanPace pace;
  int steps = 0;
  for (std::uint64_t at = 0; at < 365ull * 86'400; at += pace.span(), ++steps) {
    pace.took(1ms, 1s);
  }
  EXPECT_LT(steps, 15);
}

TEST(ScanPace, ShrinksUntilOneSecondIsLeft) {
  ScanPace pace;
  for (int step = 0; step < 10; ++step) pace.took(1ms, 1s);
  int times = 0;
  while (pace.shrink()) ++times;
  EXPECT_EQ(pace.span(), 1u);
  EXPECT_GT(times, 2);
  pace.took(5s, 1s);
  EXPECT_EQ(pace.span(), 1u) << "never nothing";
}

}  // namespace
}  // namespace mongotail::mongo

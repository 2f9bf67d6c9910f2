#include "cli/time_spec.h"

#include <limits>
#include <random>

#include "cli_support.h"
#include "random_seed.h"

namespace mongotail::cli {
namespace {

using testing::HasSubstr;

// 2026-11-23T10:20:30Z
constexpr std::int64_t now = 1795429230;

std::string show(const TimeSpec& time) {
  if (std::holds_alternative<Now>(time)) return "now";
  if (std::holds_alternative<Oldest>(time)) return "oldest";
  if (const auto* back = std::get_if<BeforeNewest>(&time)) {
    return "-" + std::to_string(back->distance.count());
  }
  const auto ts = std::get<At>(time).ts;
  return std::to_string(ts.seconds) + ":" + std::to_string(ts.ordinal);
}

std::string read(std::string_view text) {
  auto time = parse_time(text, now);
  if (time) return show(*time);
  EXPECT_EQ(time.error().cause, Cause::usage);
  EXPECT_FALSE(time.error().hint.empty());
  return "error: " + time.error().what;
}

TEST(TimeSpec, NamesTheOplogsOwnEnds) {
  EXPECT_EQ(read("now"), "now");
  EXPECT_EQ(read("oldest"), "oldest");
}

TEST(TimeSpec, CountsBackFromTheNewestEntry) {
  EXPECT_EQ(read("90s"), "-90");
  EXPECT_EQ(read("5m"), "-300");
  EXPECT_EQ(read("2h"), "-7200");
  EXPECT_EQ(read("1d"), "-86400");
  EXPECT_EQ(read("1w"), "-604800");
  EXPECT_EQ(read("0s"), "-0");
}

TEST(TimeSpec, ADurationMayHaveAMinus) {
  EXPECT_EQ(read("-5m"), "-300");
}

TEST(TimeSpec, ADurationMayHaveSeveralUnitsAndWords) {
  EXPECT_EQ(read("1h30m"), "-5400");
  EXPECT_EQ(read("-1h30m"), "-5400");
  EXPECT_EQ(read("1d 2h"), "-93600");
  EXPECT_EQ(read("5 m"), "-300");
  EXPECT_EQ(read("5 minutes ago"), "-300");
  EXPECT_EQ(read("1 hour 30 mins ago"), "-5400");
  EXPECT_EQ(read("2 weeks"), "-1209600");
  EXPECT_EQ(read("1day"), "-86400");
  EXPECT_THAT(read("4294967295s 1s"), HasSubstr("too long"));
}

TEST(TimeSpec, ADurationThatIsLongerThanTimestampsReachIsRefused) {
  EXPECT_EQ(read("4294967295s"), "-4294967295");
  EXPECT_THAT(read("4294967296s"), HasSubstr("too long"));
  EXPECT_THAT(read("9223372036854775807w"), HasSubstr("too long"));
  EXPECT_THAT(read("99999999999999999999999s"), HasSubstr("too long"));
}

TEST(TimeSpec, Rfc3339HasItsOffset) {
  EXPECT_EQ(read("2026-11-23T01:03:15Z"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23t01:03:15z"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23T02:03:15+01:00"), "1795395795:0");
  EXPECT_EQ(read("2026-11-22T19:33:15-05:30"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23 02:03:15+0100"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23T01:03Z"), "1795395780:0");
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), "0:0");
}

TEST(TimeSpec, AnOffsetHoldsWhateverTheLocalTimeZone) {
  const TimeZone zone("America/New_York");
  EXPECT_EQ(read("2026-11-23T01:03:15Z"), "1795395795:0");
}

TEST(TimeSpec, AFractionIsDropped) {
  EXPECT_EQ(read("2026-11-23T01:03:15.999Z"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23T01:03:15.999999999999+00:00"), "1795395795:0");
}

TEST(TimeSpec, AMomentWithoutAnOffsetIsLocal) {
  const TimeZone zone("Europe/Berlin");
  EXPECT_EQ(read("2026-11-23 02:03"), "1795395780:0");
  EXPECT_EQ(read("2026-11-23 02:03:15"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23 02:03:15.123"), "1795395795:0");
  EXPECT_EQ(read("2026-11-23T02:03:15"), "1795395795:0");
  EXPECT_EQ(read("2026-07-01 12:00"), "1782900000:0");
}

TEST(TimeSpec, ADateIsItsLocalMidnight) {
  const TimeZone zone("Europe/Berlin");
  EXPECT_EQ(read("2026-11-23"), "1795388400:0");
}

TEST(TimeSpec, TodayAndYesterdayBeginAtLocalMidnight) {
  {
    const TimeZone zone("UTC");
    EXPECT_EQ(read("today"), "1795392000:0");
    EXPECT_EQ(read("yesterday"), "1795305600:0");
  }
  const TimeZone zone("Pacific/Kiritimati");  // 14 hours ahead: there it is the 24th already
  EXPECT_EQ(read("today"), "1795428000:0");
}

TEST(TimeSpec, ATimeOfDayIsTodays) {
  const TimeZone zone("Europe/Berlin");  // one hour ahead of UTC
  EXPECT_EQ(read("22:00"), "1795467600:0");
  EXPECT_EQ(read("22:00:15"), "1795467615:0");
  EXPECT_EQ(read("22:00:15.123"), "1795467615:0");
  EXPECT_EQ(read("9:30"), "1795422600:0");
  EXPECT_EQ(read("00:00"), "1795388400:0");
}

TEST(TimeSpec, ADayMayHaveATimeOfDay) {
  const TimeZone zone("UTC");
  EXPECT_EQ(read("today 22:00"), "1795471200:0");
  EXPECT_EQ(read("yesterday 22:00"), "1795384800:0");
  EXPECT_EQ(read("yesterday 22:00:15.5"), "1795384815:0");
  EXPECT_EQ(read("2026-11-23 1:03"), "1795395780:0");
}

TEST(TimeSpec, ATimeOfDayIsThatOfTheDaysOwnOffset) {
  const TimeZone zone("Europe/Berlin");
  constexpr std::int64_t noon_after_the_change = 1774864800;  // 2026-03-30T10:00:00Z
  const auto before = parse_time("yesterday 01:00", noon_after_the_change);
  const auto after = parse_time("yesterday 03:00", noon_after_the_change);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(std::get<At>(*after).ts.seconds - std::get<At>(*before).ts.seconds, 3600U);
}

TEST(TimeSpec, YesterdayIsNotAlways24HoursBeforeToday) {
  const TimeZone zone("Europe/Berlin");
  constexpr std::int64_t noon_after_the_change = 1774864800;  // 2026-03-30T10:00:00Z
  const auto today = parse_time("today", noon_after_the_change);
  const auto yesterday = parse_time("yesterday", noon_after_the_change);
  ASSERT_TRUE(today && yesterday);
  EXPECT_EQ(std::get<At>(*today).ts.seconds - std::get<At>(*yesterday).ts.seconds, 23U * 3600U);
}

TEST(TimeSpec, SkippedAndRepeatedLocalTimesMeanWhatMktimeSays) {
  const TimeZone zone("Europe/Berlin");
  for (const auto& [text, month, day] :
       {std::tuple("2026-03-29 02:30", 2, 29), std::tuple("2026-10-25 02:30", 9, 25)}) {
    std::tm local{};
    local.tm_year = 126;
    local.tm_mon = month;
    local.tm_mday = day;
    local.tm_hour = 2;
    local.tm_min = 30;
    local.tm_isdst = -1;
    EXPECT_EQ(read(text), std::to_string(std::mktime(&local)) + ":0");
  }
}

TEST(TimeSpec, LeapDaysAreThoseOfTheCalendar) {
  EXPECT_EQ(read("2024-02-29T00:00:00Z"), "1709164800:0");
  EXPECT_EQ(read("2000-02-29T00:00:00Z"), "951782400:0");
  EXPECT_THAT(read("2023-02-29T00:00:00Z"), HasSubstr("error"));
  EXPECT_THAT(read("2100-02-29T00:00:00Z"), HasSubstr("error"));
}

TEST(TimeSpec, ALeapSecondIsTheNextSecond) {
  EXPECT_EQ(read("2016-12-31T23:59:60Z"), "1483228800:0");
}

TEST(TimeSpec, DigitsAloneAreUnixSeconds) {
  EXPECT_EQ(read("1795395795"), "1795395795:0");
  EXPECT_EQ(read("315532800"), "315532800:0");
  EXPECT_EQ(read("4294967295"), "4294967295:0");
}

TEST(TimeSpec, SecondsBefore1980AreRefusedAndWhatTheyMayMeanIsProposed) {
  for (const auto& [text, proposed] :
       {std::pair("2026", "2026-01-01"), std::pair("20261126", "2026-11-26"), std::pair("5", "5m"),
        std::pair("0", "oldest"), std::pair("22:0", "HH:MM"), std::pair("0:0", "HH:MM"),
        std::pair("315532799", "5m"), std::pair("100:99", "HH:MM")}) {
    const auto time = parse_time(text, now);
    ASSERT_FALSE(time) << text;
    EXPECT_THAT(time.error().what, HasSubstr("before 1980")) << text;
    EXPECT_THAT(time.error().hint, HasSubstr(proposed)) << text;
  }
}

TEST(TimeSpec, ATimestampThatIsWrittenOutMayBeBefore1980) {
  EXPECT_EQ(read("Timestamp(5, 1)"), "5:1");
  EXPECT_EQ(read(R"({"$timestamp":{"t":0,"i":0}})"), "0:0");
}

TEST(TimeSpec, A64BitNumberIsRefusedAndTheTimestampInItProposed) {
  auto time = parse_time("7711265745883103239", now);
  ASSERT_FALSE(time);
  EXPECT_THAT(time.error().what, HasSubstr("too large for Unix seconds"));
  EXPECT_THAT(time.error().hint, HasSubstr("1795418967:7"));
  EXPECT_THAT(read("18446744073709551615"), HasSubstr("too large"));
  EXPECT_THAT(read("99999999999999999999999999"), HasSubstr("too large"));
}

TEST(TimeSpec, MillisecondsAreRefusedAndTheirSecondsProposed) {
  auto time = parse_time("1795395795123", now);
  ASSERT_FALSE(time);
  EXPECT_THAT(time.error().hint, HasSubstr("milliseconds"));
  EXPECT_THAT(time.error().hint, HasSubstr("1795395795"));
}

TEST(TimeSpec, TimestampsAreReadInEveryFormTheyArePrintedIn) {
  for (const char* text :
       {"1795395795:7", "Timestamp(1795395795, 7)", "Timestamp(1795395795,7)",
        "Timestamp( 1795395795 , 7 )", "Timestamp({ t: 1795395795, i: 7 })",
        "Timestamp({\"t\":1795395795,\"i\":7})", "Timestamp({'t':1795395795,'i':7})",
        R"({"$timestamp":{"t":1795395795,"i":7}})",
        R"( { "$timestamp" : { "t" : 1795395795 , "i" : 7 } } )"}) {
    EXPECT_EQ(read(text), "1795395795:7") << text;
  }
  EXPECT_EQ(read("4294967295:4294967295"), "4294967295:4294967295");
}

TEST(TimeSpec, TimesThatNoTimestampHoldsAreRefused) {
  for (const char* text : {"1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z", "9999-12-31T00:00:00Z",
                           "0000-01-01T00:00:00Z", "1970-01-01T00:00:00+00:01", "4294967296:0",
                           "0:4294967296", "Timestamp(4294967296, 0)"}) {
    EXPECT_THAT(read(text), HasSubstr("error")) << text;
  }
  EXPECT_EQ(read("2106-02-07T06:28:15Z"), "4294967295:0");
}

TEST(TimeSpec, WhatIsNotATimeIsRefused) {
  for (const char* text : {"",
                           " ",
                           "tomorrow",
                           "24:00",
                           "22:60",
                           "22:00:61",
                           "22:00:15.",
                           "22:00Z",
                           "today22:00",
                           "yesterday 24:00",
                           "yesterday 22",
                           "ago",
                           "5m ago later",
                           "5 fortnights ago",
                           "Now",
                           "5",
                           "m",
                           "-5",
                           "5y",
                           "5M",
                           "+5m",
                           "--5m",
                           "1.5h",
                           "2026",
                           "2026-11",
                           "2026-1-1",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-11-00",
                           "2026-11-31",
                           "2026-11-23T",
                           "2026-11-23 24:00",
                           "2026-11-23 01:60",
                           "2026-11-23 01:03:61",
                           "2026-11-23 01:03:15.",
                           "2026-11-23 01:03:",
                           "2026-11-23  01:03",
                           "2026-11-23T01:03:15+1",
                           "2026-11-23T01:03:15+24:00",
                           "2026-11-23T01:03:15+01:60",
                           "2026-11-23T01:03:15ZZ",
                           "2026-11-23Z",
                           "2026-11-23T01:03:15 UTC",
                           "1:2:3",
                           "1:",
                           ":1",
                           "1:-1",
                           "1: x",
                           "Timestamp",
                           "Timestamp(",
                           "Timestamp()",
                           "Timestamp(1)",
                           "Timestamp(1,2",
                           "Timestamp(1,2)x",
                           "timestamp(1,2)",
                           "Timestamp({t:1})",
                           "Timestamp({i:1,t:2})",
                           "{\"$timestamp\":{\"t\":1}}",
                           "{\"$timestamp\":1}",
                           "{\"$timestamp\":{\"t\":1,\"i\":2}",
                           "{\"$timestamp\":{\"t\":1,\"i\":2}}}",
                           "{\"$date\":1}",
                           "{\"$timestamp\":{\"t\":-1,\"i\":2}}",
                           "0x10",
                           "1e9",
                           "@1795395795"}) {
    EXPECT_THAT(read(text), HasSubstr("error")) << text;
  }
}

TEST(TimeSpec, AnErrorQuotesTheTextWithoutControlCharacters) {
  EXPECT_THAT(read("\x1b[31mred"), HasSubstr("'\\x1b[31mred'"));
}

TEST(TimeSpec, AnyBytesAtAllAreReadOrRefused) {
  const std::uint32_t seed = random_seed();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view alphabet = "0123456789-:TtZz +.smhdw(){}\"'$,timestampi\0\xff";
  int cases = 0;
  for (; cases < 20'000; ++cases) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto time = parse_time(text, now);
    if (!time) {
      ASSERT_EQ(time.error().cause, Cause::usage) << "seed " << seed;
    }
  }
  EXPECT_EQ(cases, 20'000);
}

TEST(TimeSpec, EveryTimestampIsReadBackAsItWasWritten) {
  const std::uint32_t seed = random_seed();
  std::mt19937 random(seed);
  int cases = 0;
  for (; cases < 2'000; ++cases) {
    const auto seconds = std::max(std::uint32_t(random()), 315'532'800U);
    const auto text = std::to_string(seconds) + ":" + std::to_string(std::uint32_t(random()));
    ASSERT_EQ(read(text), text) << "seed " << seed;
  }
  EXPECT_EQ(cases, 2'000);
}

}  // namespace
}  // namespace mongotail::cli

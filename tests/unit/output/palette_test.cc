#include "output/palette.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/builder.h"
#include "output/short_line.h"
#include "output/time_text.h"

namespace mongotail::output {
namespace {

using testing::HasSubstr;
using testing::Not;

/// With the colours as `<name>…</>`.
std::string marked(std::string_view text) {
  Palette palette;
  palette.text = "<string>";
  palette.number = "<number>";
  palette.date = "<date>";
  palette.id = "<id>";
  palette.word = "<word>";
  palette.reset = "</>";
  std::string out;
  append_colored(text, palette, out);
  return out;
}

TEST(Colored, ValuesAreDistinguishedByTheirType) {
  EXPECT_EQ(marked("{ a: 1, b: -2.5e+3, c: 'x', d: true, e: null, f: NaN, g: -Infinity }"),
            "{ a: <number>1</>, b: <number>-2.5e+3</>, c: <string>'x'</>, d: <word>true</>, "
            "e: <word>null</>, f: <number>NaN</>, g: <number>-Infinity</> }");
  EXPECT_EQ(marked("[ ObjectId('6b03'), UUID('a-b') ]"),
            "[ <id>ObjectId('6b03')</>, <id>UUID('a-b')</> ]");
  EXPECT_EQ(marked("{ at: ISODate('2026-11-26'), t: Timestamp(1, 2), d: new Date(-5) }"),
            "{ at: <date>ISODate('2026-11-26')</>, t: <date>Timestamp(1, 2)</>, d: new "
            "<date>Date(-5)</> }");
  EXPECT_EQ(
      marked("{ n: Long('5'), d: Decimal128('1.0'), r: /a'b\\/c/i }"),
      "{ n: <number>Long('5')</>, d: <number>Decimal128('1.0')</>, r: <string>/a'b\\/c/</>i }");
}

TEST(Colored, KeysAreLeftAlone) {
  EXPECT_EQ(marked("{ true: 'a', 'x y': 'b: 1', null: {} }"),
            "{ true: <string>'a'</>, 'x y': <string>'b: 1'</>, null: {} }");
}

TEST(Colored, WhatAStringHoldsIsNotSyntax) {
  EXPECT_EQ(marked("'it\\'s ) ObjectId(1)'"), "<string>'it\\'s ) ObjectId(1)'</>");
  EXPECT_EQ(marked("Code('f(\\')\\')', { a: 1 }) 2"),
            "<word>Code('f(\\')\\')', { a: 1 })</> <number>2</>");
}

TEST(Colored, ACutEndIsColoredToo) {
  EXPECT_EQ(marked("{ a: 'half"), "{ a: <string>'half</>");
  EXPECT_EQ(marked("{ a: ObjectId('half"), "{ a: <id>ObjectId('half</>");
  EXPECT_EQ(marked("'\\"), "<string>'\\</>");
}

TEST(Colored, EscapeSequencesAreCopied) {
  EXPECT_EQ(marked("\x1b[2m|\x1b[0m 1"), "\x1b[2m|\x1b[0m <number>1</>");
  EXPECT_EQ(marked("1\x1b[2"), "<number>1</>\x1b[2");
}

TEST(Palette, TakesColorsByNameAndKeepsTheOthers) {
  const auto palette = Palette::parse("insert=1;32:number=:date=35");
  ASSERT_TRUE(palette);
  EXPECT_EQ(palette->added, "\x1b[1;32m");
  EXPECT_EQ(palette->number, "");
  EXPECT_EQ(palette->removed, Palette::standard().removed);
  EXPECT_EQ(Palette::parse("")->added, Palette::standard().added);
}

TEST(Palette, RefusesWhatIsNotAColor) {
  for (const char* spec : {"insert", "inserts=3", "insert=red", "insert=3m", "=3", "insert=3::"}) {
    const auto palette = Palette::parse(spec);
    ASSERT_FALSE(palette) << spec;
    EXPECT_EQ(palette.error().cause, Cause::usage);
    EXPECT_THAT(palette.error().hint, HasSubstr("time, ns, insert, update, delete, command"));
  }
}

TEST(ShortTime, IsWithoutWhatGoesWithoutSaying) {
  constexpr std::int64_t at = 1'795'400'458'638;  // 2026-11-23 02:20:58.638
  constexpr std::int64_t day = 24 * 3'600'000;
  std::string out;
  for (const std::int64_t later : {std::int64_t{1'000}, day, 100 * day}) {
    TimeText(true, at + later).append_short(at, out);
    out += '|';
  }
  EXPECT_EQ(out, "02:20:58.638|11-23 02:20:58.638|2026-11-23 02:20:58.638|");
}

TEST(NarrowShortLine, NeverShowsHalfAnId) {
  bson::Builder builder;
  builder.append("ts", bson::Timestamp{1'795'400'458, 1})
      .append("op", "i")
      .append("ns", "shop.orders");
  builder.open_document("o").append("_id", "a-long-id-of-thirty-characters").append("n", 1).close();
  const bson::OwnedDocument document = builder.take();
  oplog::Operation operation;
  operation.entry = *oplog::Entry::parse(document.view());
  operation.optime.ts = {1'795'400'458, 1};
  int whole = 0;
  for (int width = 20; width < 99; ++width) {
    ShortLine line({.utc = true, .width = width});
    std::string out;
    ASSERT_TRUE(line.append(operation, {}, out));
    const bool shows = out.find("'a-long-id-of-thirty-characters'") != std::string::npos;
    whole += shows;
    EXPECT_TRUE(shows || out.find("'a-l") == std::string::npos) << width;
  }
  EXPECT_GT(whole, 20);
}

}  // namespace
}  // namespace mongotail::output

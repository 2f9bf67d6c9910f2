#include "resume/cursor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace mongotail::resume {
namespace {

TEST(Cursor, EveryFormReadsBackAsItIsWritten) {
  for (const std::string text : {"1795413751:5", "1795413751:5@1", "0:0", "4294967295:4294967295@9",
                                 "7:1@0#0", "7:1#12", "7:1@3#2147483647"}) {
    const auto cursor = parse_cursor(text);
    ASSERT_TRUE(cursor) << text;
    EXPECT_EQ(to_string(*cursor), text);
  }
}

TEST(Cursor, HoldsTsTermAndIndex) {
  const auto cursor = parse_cursor("17:5@2#3");
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->optime, (oplog::OpTime{{17, 5}, 2}));
  EXPECT_EQ(cursor->index, 3);
  EXPECT_EQ(parse_cursor("17:5")->optime.term, oplog::OpTime::no_term);
  EXPECT_EQ(parse_cursor("17:5")->index, std::nullopt);
}

TEST(Cursor, AnythingElseIsAUsageError) {
  for (const std::string text : {"",
                                 "17",
                                 "17:",
                                 ":5",
                                 "17:5@",
                                 "17:5#",
                                 "17:5@1#",
                                 "17:5 ",
                                 " 17:5",
                                 "17:-5",
                                 "+17:5",
                                 "17:5@-1",
                                 "17:5#-1",
                                 "17:5#1@1",
                                 "4294967296:1",
                                 "1:4294967296",
                                 "1:1@9223372036854775808",
                                 "1:1#2147483648",
                                 "1:1@1#1x",
                                 "0x11:5",
                                 "17.5"}) {
    const auto cursor = parse_cursor(text);
    ASSERT_FALSE(cursor) << text;
    EXPECT_EQ(cursor.error().cause, Cause::usage);
  }
}

TEST(Cursor, ItsErrorShowsNoControlCharacters) {
  EXPECT_EQ(parse_cursor("\x1b[31m").error().what, "\"\\x1b[31m\" is not a cursor");
}

TEST(Cursor, TheEndOfAnEntryComesAfterAllOperationsInIt) {
  const auto at = [](std::uint32_t ordinal, std::optional<std::int32_t> index) {
    return Cursor{{{1, ordinal}, 1}, index};
  };
  EXPECT_TRUE(comes_before(at(1, 5), at(1, std::nullopt)));
  EXPECT_TRUE(comes_before(at(1, 4), at(1, 5)));
  EXPECT_FALSE(comes_before(at(1, std::nullopt), at(1, 5)));
  EXPECT_FALSE(comes_before(at(1, std::nullopt), at(1, std::nullopt)));
  EXPECT_TRUE(comes_before(at(1, std::nullopt), at(2, 0)));
}

TEST(Cursor, AfterAnOperationTellsItsIndexUnlessItIsTheLastOfItsEntry) {
  oplog::Operation operation;
  operation.optime = {{9, 2}, 1};
  operation.last = true;
  EXPECT_EQ(cursor_after(operation), (Cursor{{{9, 2}, 1}, std::nullopt}));
  operation.index = 4;
  EXPECT_EQ(cursor_after(operation), (Cursor{{{9, 2}, 1}, std::nullopt}));
  operation.last = false;
  EXPECT_EQ(cursor_after(operation), (Cursor{{{9, 2}, 1}, 4}));
}

TEST(Cursors, OfSeveralSourcesAreNamed) {
  const Cursors cursors{{"rs0", {{{17, 5}, 2}, 3}},
                        {"rs1", {{{18, 1}, oplog::OpTime::no_term}, {}}}};
  EXPECT_EQ(to_string(cursors), "rs0=17:5@2#3,rs1=18:1");
  EXPECT_EQ(*parse_cursors("rs0=17:5@2#3,rs1=18:1"), cursors);
}

TEST(Cursors, OfOneSourceAreThatCursorAlone) {
  EXPECT_EQ(*parse_cursors("17:5@2"), (Cursors{{"", {{{17, 5}, 2}, {}}}}));
  EXPECT_EQ(to_string(Cursors{{"", {{{17, 5}, 2}, {}}}}), "17:5@2");
}

TEST(Cursors, RefuseWhatIsNone) {
  for (const char* text : {"", "a=", "a=1:2,", "a=1:2,b", "=1:2", "a=1:2,a=1:3", "a=1:2;b=1:3",
                           "a b=1:2", "a=1:2,3:4"}) {
    const auto parsed = parse_cursors(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().cause, Cause::usage) << text;
  }
}

}  // namespace
}  // namespace mongotail::resume

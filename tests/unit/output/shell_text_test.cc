#include "output/shell_text.h"

#include <gtest/gtest.h>

#include "oplog/oplog_support.h"
#include "output/display_width.h"

namespace mongotail::output {
namespace {

std::string line(std::string_view json, ShellLimits limits = {}) {
  const auto document = oplog::doc(json);
  std::string out;
  EXPECT_EQ(ShellWriter(limits).append_document(document.view(), out), ShellWriter::Outcome::whole);
  return out;
}

std::string block(std::string_view json, std::size_t columns, ShellLimits limits = {}) {
  const auto document = oplog::doc(json);
  std::string out;
  EXPECT_TRUE(ShellWriter(limits).append_block(document.view(), {.columns = columns}, out));
  return out;
}

TEST(ShellText, EveryTypeHasMongoshsNotation) {
  EXPECT_EQ(line(R"({"a":1,"b":{"$numberLong":"5"},"c":2.0,"d":{"$numberDecimal":"1.50"}})"),
            "{ a: 1, b: Long('5'), c: 2.0, d: Decimal128('1.50') }");
  EXPECT_EQ(line(R"({"a":{"$oid":"5f0000000000000000000001"},"b":true,"c":null})"),
            "{ a: ObjectId('5f0000000000000000000001'), b: true, c: null }");
  EXPECT_EQ(line(R"({"a":{"$date":"2020-01-01T00:00:00Z"},"b":{"$date":{"$numberLong":"-1"}}})"),
            "{ a: ISODate('2020-01-01T00:00:00.000Z'), b: new Date(-1) }");
  EXPECT_EQ(line(R"({"a":{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"},)"
                 R"("b":{"$binary":{"base64":"YWJj","subType":"80"}}})"),
            "{ a: UUID('00112233-4455-6677-8899-aabbccddeeff'), "
            "b: Binary.createFromBase64('YWJj', 128) }");
  EXPECT_EQ(line(R"({"a":{"$timestamp":{"t":9,"i":1}},"b":{"$minKey":1},"c":{"$maxKey":1}})"),
            "{ a: Timestamp(9, 1), b: MinKey(), c: MaxKey() }");
  EXPECT_EQ(line(R"({"a":{"$regularExpression":{"pattern":"a/b\\d","options":"i"}}})"),
            R"({ a: /a\/b\d/i })");
  EXPECT_EQ(line(R"({"a":{"$code":"f"},"b":{"$code":"g","$scope":{"x":1}}})"),
            "{ a: Code('f'), b: Code('g', { x: 1 }) }");
  EXPECT_EQ(line(R"({"a":{"$symbol":"s"},"b":{"$undefined":true},)"
                 R"("c":{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"5f0000000000000000000001"}}}})"),
            "{ a: BSONSymbol('s'), b: undefined, "
            "c: DBPointer('d.c', ObjectId('5f0000000000000000000001')) }");
}

TEST(ShellText, ARegularExpressionKeepsItsBackslashes) {
  EXPECT_EQ(line(R"({"a":{"$regularExpression":{"pattern":"^\\\\\\.\\/[/]$","options":""}}})"),
            R"({ a: /^\\\.\/[\/]$/ })");
  EXPECT_EQ(line(R"({"a":{"$regularExpression":{"pattern":"\\\\/\u001b","options":""}}})"),
            R"({ a: /\\\/\x1b/ })");
}

TEST(ShellText, KeysThatAreNoIdentifiersAreQuoted) {
  EXPECT_EQ(line(R"({"_id":1,"$a":1,"a.b":1,"0":1,"":1,"it's":1})"),
            R"({ _id: 1, $a: 1, 'a.b': 1, '0': 1, '': 1, 'it\'s': 1 })");
}

TEST(ShellText, TextIsQuotedAndSafe) {
  EXPECT_EQ(line(R"({"a":"it's \\ a\u001b[2J\n\u202e"})"), R"({ a: 'it\'s \\ a\x1b[2J\n\u202e' })");
}

TEST(ShellText, LongValuesAreCutAndCounted) {
  EXPECT_EQ(line(R"({"a":"äöüxyz"})", {.characters = 2}), "{ a: 'äö'…+4 characters }");
  EXPECT_EQ(line(R"({"a":[1,2,3,4]})", {.elements = 1}), "{ a: [ 1, …+3 elements ] }");
  EXPECT_EQ(line(R"({"a":{"$binary":{"base64":"YWJjZGVm","subType":"00"}}})", {.bytes = 3}),
            "{ a: Binary.createFromBase64('YWJj', 0)…+3 bytes }");
}

TEST(ShellText, ABudgetEndsALineEarly) {
  bson::Builder builder;
  const auto document = builder.append("a", std::string(1000000, 'x')).take();
  std::string out;
  EXPECT_EQ(ShellWriter().append_document(document.view(), out, {}, 50), ShellWriter::Outcome::cut);
  EXPECT_LT(out.size(), 100u);
}

TEST(ShellText, WhatFitsStaysOnOneLine) {
  EXPECT_EQ(block(R"({"a":1,"b":[1,2]})", 20), "{\n  a: 1,\n  b: [ 1, 2 ]\n}");
  EXPECT_EQ(block(R"({"a":1,"b":[1,2]})", 21), "{ a: 1, b: [ 1, 2 ] }");
  EXPECT_EQ(block("{}", 1), "{}");
}

TEST(ShellText, WideCharactersCountTwice) {
  EXPECT_EQ(block(R"({"a":"日本"})", 13), "{ a: '日本' }");
  EXPECT_EQ(block(R"({"a":"日本"})", 12), "{\n  a: '日本'\n}");
}

TEST(ShellText, ScalarsOfALongArrayShareLines) {
  EXPECT_EQ(block(R"({"a":[1,2,3,4,5,6,7,{"b":1},8]})", 16),
            "{\n  a: [\n    1, 2, 3, 4,\n    5, 6, 7,\n    { b: 1 },\n    8\n  ]\n}");
  EXPECT_EQ(block(R"({"a":[1,2,3,4,5,6,7]})", 12, {.elements = 2}),
            "{\n  a: [\n    1, 2,\n    …+5 elements\n  ]\n}");
}

TEST(ShellText, FurtherLinesBeginWithTheMargin) {
  const auto document = oplog::doc(R"({"a":{"b":1}})");
  std::string out;
  const ShellBox box{.margin = "| ", .columns = 8, .indent = 2, .used = 2};
  EXPECT_TRUE(ShellWriter().append_block(document.view(), box, out));
  EXPECT_EQ(out, "{\n|     a: {\n|       b: 1\n|     }\n|   }");
}

TEST(DisplayWidth, CharactersTakeTheColumnsOfATerminal) {
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("日本"), 4u);
  EXPECT_EQ(columns_of("e\xCC\x81"), 1u);         // e and a combining acute
  EXPECT_EQ(columns_of("\xF0\x9F\x98\x80"), 2u);  // an emoji
  EXPECT_EQ(columns_of("\xE2\x80\x8B"), 0u);      // a zero width space
  EXPECT_EQ(columns_of("\xF0\xA0\x80\x80"), 2u);  // an ideograph of plane 2
  EXPECT_EQ(columns_of("\xEA\xB0\x80"), 2u);      // a syllable of Hangul
  EXPECT_EQ(columns_of("\xFF"), 1u);
}

TEST(DisplayWidth, CuttingKeepsWholeCharactersWithTheirMarks) {
  EXPECT_EQ(cut_to_columns("日本", 3), "日");
  EXPECT_EQ(cut_to_columns("e\xCC\x81x", 1), "e\xCC\x81");
  EXPECT_EQ(cut_to_columns("abc", 0), "");
  EXPECT_EQ(cut_to_columns("abc", 3), "abc");
}

}  // namespace
}  // namespace mongotail::output

#include "bson/shell_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "bson/extended_json.h"

namespace mongotail::bson {
namespace {

// The shell's text and the Extended JSON are the same value.
void expect_same(std::string_view shell, std::string_view json) {
  const auto translated = shell_to_json(shell);
  ASSERT_TRUE(translated) << shell << ": " << translated.error().what;
  const auto left = parse_value(*translated);
  ASSERT_TRUE(left) << *translated << ": " << left.error().what;
  const auto right = parse_value(json);
  ASSERT_TRUE(right) << json;
  EXPECT_TRUE(std::ranges::equal(left->view().bytes(), right->view().bytes()))
      << shell << " is " << *translated;
}

std::string refusal(std::string_view shell) {
  const auto translated = shell_to_json(shell);
  if (!translated) {
    EXPECT_EQ(translated.error().cause, Cause::usage) << shell;
    return translated.error().what + " " + translated.error().hint;
  }
  const auto value = parse_value(*translated);
  return value ? "" : value.error().what;
}

TEST(ShellJson, NamesAndStringsNeedNoDoubleQuotes) {
  expect_same("{a: 1, $b_2: 'x', 'c.d': \"y\", é: [1, 'z',], 7: null,}",
              R"({"a":1,"$b_2":"x","c.d":"y","é":[1,"z"],"7":null})");
  expect_same(R"('it\'s "so"\n\x41\u00e9\ud83d\ude00\\')", R"("it's \"so\"\nAé😀\\")");
  expect_same("[]", "[]");
  expect_same("{}", "{}");
}

TEST(ShellJson, NumbersAreAsInJavaScript) {
  expect_same("[1, -2, +3, .5, 5., -.5e3, 5000000000, 1E-2]",
              "[1,-2,3,0.5,5.0,-0.5e3,5000000000,1E-2]");
  expect_same("[NaN, Infinity, -Infinity]",
              R"([{"$numberDouble":"NaN"},{"$numberDouble":"Infinity"},
                  {"$numberDouble":"-Infinity"}])");
}

TEST(ShellJson, EveryTypeThatPrettyPrintsIsRead) {
  expect_same("ObjectId('65f0abcd0123456789abcdef')", R"({"$oid":"65f0abcd0123456789abcdef"})");
  expect_same("ObjectID(\"65f0abcd0123456789abcdef\")", R"({"$oid":"65f0abcd0123456789abcdef"})");
  constexpr const char* uuid =
      R"({"$binary":{"base64":"VQ6EAOKbQdSnFkRmVUQAAA==","subType":"04"}})";
  expect_same("UUID('550e8400-e29b-41d4-a716-446655440000')", uuid);
  expect_same("UUID('550E8400e29b41d4a716446655440000')", uuid);
  for (const char* date :
       {"ISODate('2026-11-23T06:54:14.287Z')", "new Date('2026-11-23 07:54:14.287+01:00')",
        "ISODate('2026-11-23T01:24:14.287-0530')", "Date(1795416854287)"}) {
    expect_same(date, R"({"$date":{"$numberLong":"1795416854287"}})");
  }
  expect_same("ISODate('2026-11-23')", R"({"$date":{"$numberLong":"1795392000000"}})");
  expect_same("new Date(-62135596800001)", R"({"$date":{"$numberLong":"-62135596800001"}})");
  expect_same("[Long('9'), Long(9), NumberLong(\"-9\")]",
              R"([{"$numberLong":"9"},{"$numberLong":"9"},{"$numberLong":"-9"}])");
  expect_same("[Int32('9'), NumberInt(9), Double(9), Double('1e3')]",
              R"([9,9,{"$numberDouble":"9"},{"$numberDouble":"1e3"}])");
  expect_same("[Decimal128('9.50'), NumberDecimal('NaN')]",
              R"([{"$numberDecimal":"9.50"},{"$numberDecimal":"NaN"}])");
  expect_same("[Timestamp(1, 2), Timestamp({t: 1, i: 2})]",
              R"([{"$timestamp":{"t":1,"i":2}},{"$timestamp":{"t":1,"i":2}}])");
  constexpr const char* hi = R"({"$binary":{"base64":"aGk=","subType":"80"}})";
  expect_same("BinData(128, 'aGk=')", hi);
  expect_same("HexData(128, '6869')", hi);
  expect_same("Binary.createFromBase64('aGk=', 128)", hi);
  expect_same("[MinKey(), MaxKey, undefined]",
              R"([{"$minKey":1},{"$maxKey":1},{"$undefined":true}])");
  expect_same("Code('x')", R"({"$code":"x"})");
  expect_same("Code('x', {a: 1})", R"({"$code":"x","$scope":{"a":1}})");
  expect_same("BSONSymbol('s')", R"({"$symbol":"s"})");
  expect_same("DBPointer('a.b', ObjectId('65f0abcd0123456789abcdef'))",
              R"({"$dbPointer":{"$ref":"a.b","$id":{"$oid":"65f0abcd0123456789abcdef"}}})");
}

TEST(ShellJson, RegularExpressionsStandBetweenSlashes) {
  expect_same(R"({a: /^x\/[/"]\d+$/mi, b: RegExp('a.b', 's')})",
              R"({"a":{"$regularExpression":{"pattern":"^x/[/\"]\\d+$","options":"im"}},
                  "b":{"$regularExpression":{"pattern":"a.b","options":"s"}}})");
}

TEST(ShellJson, ExtendedJsonStaysAsItIs) {
  for (const char* json :
       {R"({"a":{"$oid":"65f0abcd0123456789abcdef"},"b":{"$date":"2026-01-01T00:00:00Z"}})",
        R"({"$numberLong":"5"})", R"("a\u0041\ud83d\ude00\/\"")", "-1.5e-7", "true", "null"}) {
    expect_same(json, json);
  }
}

TEST(ShellJson, WhatIsNotValidIsRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "a value is missing"},
      {"{a: 1", "}"},
      {"{a 1}", "colon"},
      {"{o.status: 1}", "quotes"},
      {"{a: paid}", "'paid'"},
      {"[1 2]", "comma"},
      {"'abc", "quote"},
      {"1 2", "after the end"},
      {"007", "begins with 0"},
      {"1x", "letters"},
      {"-", "digits"},
      {"1e", "digits"},
      {"/abc", "/"},
      {"/a/q", "option"},
      {"ObjectId('1')", "ObjectId()"},
      {"ObjectId()", "ObjectId()"},
      {"UUID('550e8400')", "UUID()"},
      {"ISODate('2026-13-01')", "ISODate()"},
      {"ISODate('2026-02-30')", "ISODate()"},
      {"ISODate('2026-02-03T25:00:00Z')", "ISODate()"},
      {"new Date()", "Date()"},
      {"Long('9x')", "Long()"},
      {"Long(9223372036854775808)", "Long()"},
      {"Int32(2147483648)", "Int32()"},
      {"Timestamp(1)", "Timestamp()"},
      {"BinData('aGk=')", "BinData()"},
      {"MinKey(1)", "MinKey()"},
      {"NumberFloat(1)", "NumberFloat()"},
      {"objectid('65f0abcd0123456789abcdef')", "objectid()"},
      {R"("\ud83d")", "\\"}};
  for (const auto& [text, part] : cases) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << text << ": " << refusal(text);
    EXPECT_NE(refusal(text), "") << text;
  }
  for (const char* text : {"Double('x')", "Decimal128('x')", "{$oid: 5}"}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(ShellJson, DeepNestingIsRefused) {
  EXPECT_NE(refusal(std::string(100'000, '[')), "");
  std::string calls;
  for (int i = 0; i < 100'000; ++i) calls += "Code(";
  EXPECT_NE(refusal(calls), "");
}

}  // namespace
}  // namespace mongotail::bson

#include "match/id_match.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bson/extended_json.h"
#include "match/entries.h"

namespace mongotail::match {
namespace {

bson::Type type_of(std::string_view text) {
  const auto id = parse_id(text);
  EXPECT_TRUE(id) << text;
  return id ? id->view().first()->type() : bson::Type::undefined;
}

bool finds(std::string_view id, std::string_view entry) {
  const auto parsed = parse_id(id);
  EXPECT_TRUE(parsed) << id;
  return parsed && IdMatch(parsed->view()).matches(TestEntry(entry).get());
}

bool finds_insert_of(std::string_view id, std::string_view value) {
  return finds(id, fmt::format(R"({{"op":"i","ns":"a.b","o":{{"_id":{}}}}})", value));
}

TEST(Id, TwentyFourHexDigitsAreAnObjectIdUnlessQuoted) {
  EXPECT_EQ(type_of("65f0aBcd0123456789abcdef"), bson::Type::object_id);
  EXPECT_EQ(type_of("000000000000000000000001"), bson::Type::object_id);
  EXPECT_EQ(type_of(R"("65f0abcd0123456789abcdef")"), bson::Type::string);
  EXPECT_EQ(type_of("65f0abcd0123456789abcdeg"), bson::Type::string);
  EXPECT_EQ(type_of("65f0abcd0123456789abcde"), bson::Type::string);
  EXPECT_TRUE(
      finds_insert_of("65f0abcd0123456789abcdef", R"({"$oid":"65f0abcd0123456789abcdef"})"));
}

TEST(Id, JsonIsReadAsExtendedJson) {
  EXPECT_EQ(type_of("42"), bson::Type::int32);
  EXPECT_EQ(type_of("-42.5e3"), bson::Type::number_double);
  EXPECT_EQ(type_of("5000000000"), bson::Type::int64);
  EXPECT_EQ(type_of("true"), bson::Type::boolean);
  EXPECT_EQ(type_of("null"), bson::Type::null);
  EXPECT_EQ(type_of(R"({"$numberLong":"1"})"), bson::Type::int64);
  EXPECT_EQ(type_of(R"({"a":1})"), bson::Type::document);
}

TEST(Id, WhatIsReadWithoutTheJsonReaderIsWhatThatWouldRead) {
  for (const char* text :
       {"0", "7", "-1", "42", "-42", "999999999", "-99999999", "-999999999", "1000000000",
        "2147483647", "2147483648", "-2147483648", "1.5", "1e5", "0.0", "-0", "10", "100"}) {
    const auto direct = parse_id(text);
    const auto read = bson::parse_value(text);
    ASSERT_TRUE(direct && read) << text;
    EXPECT_TRUE(std::ranges::equal(direct->view().bytes(), read->view().bytes())) << text;
  }
  for (const char* text :
       {"550e8400-e29b-41d4-a716-446655440000", "FFEEddcc-0011-2233-4455-66778899aAbB"}) {
    const auto direct = parse_id(text);
    const auto read = parse_id(fmt::format("UUID('{}')", text));
    ASSERT_TRUE(direct && read) << text;
    EXPECT_TRUE(std::ranges::equal(direct->view().bytes(), read->view().bytes())) << text;
  }
}

TEST(Id, WhatIsNotJsonIsAString) {
  for (const char* text :
       {"", "abc", "007", "1.", "+1", "1e", "nan", "Infinite", "nul", "0x10",
        "550e8400-e29b-41d4-a716-44665544000", "1,2", " 1", "/a/b/c", "/usr", "f(x)y", "(x)"}) {
    EXPECT_EQ(type_of(text), bson::Type::string) << text;
  }
  EXPECT_TRUE(finds_insert_of("007", R"("007")"));
}

TEST(Id, LiteralsOfTheShellAreRead) {
  EXPECT_EQ(type_of("550e8400-e29b-41d4-a716-446655440000"), bson::Type::binary);
  EXPECT_EQ(type_of("UUID('550e8400-e29b-41d4-a716-446655440000')"), bson::Type::binary);
  EXPECT_EQ(type_of("ObjectId('65f0abcd0123456789abcdef')"), bson::Type::object_id);
  EXPECT_EQ(type_of("new Date('2026-11-23')"), bson::Type::date);
  EXPECT_EQ(type_of("Long('9')"), bson::Type::int64);
  EXPECT_EQ(type_of("'550e8400-e29b-41d4-a716-446655440000'"), bson::Type::string);
  EXPECT_TRUE(finds_insert_of("NaN", R"({"$numberDouble":"NaN"})"));
  EXPECT_TRUE(finds_insert_of("Infinity", R"({"$numberDouble":"Infinity"})"));
  EXPECT_TRUE(finds_insert_of("-Infinity", R"({"$numberDouble":"-Infinity"})"));
  EXPECT_TRUE(finds_insert_of("'NaN'", R"("NaN")"));
  EXPECT_TRUE(finds_insert_of("{a: 1, b: 'x'}", R"({"a":1,"b":"x"})"));
}

TEST(Id, WhatOnlyLooksLikeALiteralIsAUsageError) {
  for (const char* text :
       {"{", R"("abc)", R"({"$oid":"1"})", "[1]", "{} {}", "ObjectId('1')", "objectId(1)", "f(x)",
        "'abc", "{a: b}", "/^a/", "/usr/bin", "UUID('x')", "ISODate('yesterday')", "ObjectId(",
        "ObjectId('65f0abcd0123456789abcdef'", "Long('9", "new Date('2026-11-23'", "Long(9) x"}) {
    const auto id = parse_id(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().cause, Cause::usage);
  }
}

TEST(Id, NumbersCompareAcrossTypesAndExactly) {
  for (const char* stored :
       {"5", R"({"$numberLong":"5"})", "5.0", R"({"$numberDecimal":"5.00"})"}) {
    EXPECT_TRUE(finds_insert_of("5", stored)) << stored;
    EXPECT_FALSE(finds_insert_of("6", stored)) << stored;
  }
  EXPECT_FALSE(finds_insert_of("9007199254740993", R"({"$numberDouble":"9007199254740992"})"));
  EXPECT_TRUE(finds_insert_of(R"({"$numberDouble":"NaN"})", R"({"$numberDecimal":"NaN"})"));
  EXPECT_TRUE(finds_insert_of(R"({"a":1,"b":2})", R"({"a":1.0,"b":2})"));
  EXPECT_FALSE(finds_insert_of(R"({"b":2,"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(finds_insert_of("5", R"("5")"));
}

TEST(Id, IsTakenFromTheTargetOfAnUpdateAndThePayloadOfTheRest) {
  EXPECT_TRUE(finds("1", R"({"op":"u","o":{"$v":2,"diff":{"u":{"_id":9}}},"o2":{"_id":1}})"));
  EXPECT_FALSE(finds("9", R"({"op":"u","o":{"_id":9},"o2":{"_id":1}})"));
  EXPECT_TRUE(finds("1", R"({"op":"u","o":{"_id":1,"a":2}})"));
  EXPECT_TRUE(finds("1", R"({"op":"d","o":{"_id":1}})"));
  EXPECT_TRUE(finds("1", R"({"op":"n","o":{"_id":1,"n":2}})"));
  EXPECT_TRUE(finds("1", R"({"op":"i","o":{"a":1},"o2":{"_id":1}})"));
  EXPECT_FALSE(finds("null", R"({"op":"i","o":{"a":1}})"));
  EXPECT_FALSE(finds("1", R"({"op":"c","o":{"create":"x","_id":1}})"));
}

}  // namespace
}  // namespace mongotail::match

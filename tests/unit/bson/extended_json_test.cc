#include "bson/extended_json.h"

#include <gtest/gtest.h>

#include <string>

namespace mongotail::bson {
namespace {

TEST(ExtendedJson, ReadsRelaxedAndCanonicalForms) {
  const auto parsed = parse_document(
      R"( {"i":1,"l":{"$numberLong":"2"},"d":1.5,"c":{"$numberDouble":"2.5"},
           "o":{"$oid":"5f0000000000000000000001"},"t":{"$timestamp":{"t":3,"i":4}},
           "w":{"$date":"1970-01-01T00:00:01Z"},"n":null,"a":[1,{"b":2}],
           "r":{"$regularExpression":{"pattern":"^a","options":"i"}},
           "b":{"$binary":{"base64":"YWJj","subType":"05"}},"m":{"$minKey":1}} )");
  ASSERT_TRUE(parsed) << parsed.error().what;
  const Document d = parsed->view();
  EXPECT_EQ(d.find("i")->as_int32(), 1);
  EXPECT_EQ(d.find("l")->as_int64(), 2);
  EXPECT_EQ(d.find("d")->as_double(), 1.5);
  EXPECT_EQ(d.find("c")->as_double(), 2.5);
  EXPECT_EQ(d.find("o")->as_object_id()->bytes[0], 0x5f);
  EXPECT_EQ(d.find("t")->as_timestamp(), (Timestamp{3, 4}));
  EXPECT_EQ(d.find("w")->as_date(), 1000);
  EXPECT_EQ(d.find("n")->type(), Type::null);
  EXPECT_EQ(d.find("a")->as_array()->find("1")->as_document()->find("b")->as_int32(), 2);
  EXPECT_EQ(d.find("r")->as_regex()->pattern, "^a");
  EXPECT_EQ(d.find("b")->as_binary()->subtype, 5);
  EXPECT_EQ(d.find("m")->type(), Type::min_key);
}

TEST(ExtendedJson, WhatIsNotADocumentIsAUsageError) {
  for (const char* json :
       {"", "  ", "x", "1", "[1]", "{", "}", R"({"a":})", R"({"a":1)", R"({"a":1}})",
        R"({"a":1} x)", R"({"a":1}{"b":2})", R"({"a" 1})", R"({"a":{"$oid":"zz"}})",
        R"({"a":{"$numberLong":"x"}})", "{\"a\":\"unended}", R"({"a":1,})", R"({'a':1})"}) {
    const auto parsed = parse_document(json);
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().cause, Cause::usage) << json;
  }
}

TEST(ExtendedJson, BracesInsideStringsDoNotEndADocument) {
  const auto parsed = parse_document(R"({"a":"}\"}{","b":"\\"} )");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->view().find("a")->as_text(), "}\"}{");
  EXPECT_EQ(parsed->view().find("b")->as_text(), "\\");
}

TEST(ExtendedJson, WhatComesOutIsAlwaysValidBson) {
  // Names with NUL, special keys in odd places, deep nesting: an error or sound bytes.
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"a":)";
  for (const std::string& json :
       {std::string(R"({"a\u0000b":1})"), std::string(R"({"a":"x\u0000y"})"),
        std::string(R"({"$oid":"5f0000000000000000000001"})"),
        std::string(R"({"$numberLong":"1"})"),
        std::string(R"({"a":{"$regex":"x\u0000y","$options":"i"}})"),
        std::string(R"({"a":{"$code":"x","$scope":{}}})"),
        std::string(R"({"a":{"$binary":"YQ==","$type":"0"}})"), deep,
        deep + "1" + std::string(5000, '}')}) {
    const auto parsed = parse_document(json);
    EXPECT_TRUE(!parsed || !validate(parsed->view())) << json.substr(0, 100);
  }
  EXPECT_FALSE(parse_document(R"({"a\u0000b":1})"));
}

TEST(ExtendedJson, AValueIsTheFieldV) {
  EXPECT_EQ(parse_value("7")->view().find("v")->as_int32(), 7);
  EXPECT_EQ(parse_value("\"x\"")->view().find("v")->as_text(), "x");
  EXPECT_EQ(parse_value(R"({"$oid":"5f0000000000000000000001"})")->view().find("v")->type(),
            Type::object_id);
  EXPECT_EQ(parse_value(R"({"k":1})")->view().find("v")->type(), Type::document);
  EXPECT_EQ(parse_value(" null ")->view().find("v")->type(), Type::null);
}

TEST(ExtendedJson, MoreOrLessThanOneValueIsAUsageError) {
  for (const char* json : {"", "1,2", "1,\"w\":2", "1}", "1} {\"w\":2", "x", "1 2", "{", "\"a"}) {
    const auto parsed = parse_value(json);
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().cause, Cause::usage) << json;
  }
}

}  // namespace
}  // namespace mongotail::bson

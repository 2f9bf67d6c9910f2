#include "output/json_writer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bson/builder.h"
#include "output/digits.h"

namespace mongotail::output {
namespace {

using bson::Builder;
using bson::Type;

std::string json(bson::Document document, JsonMode mode) {
  JsonWriter writer(mode);
  std::string out;
  const Status status = writer.append(document, out);
  return status ? out : "error: " + status.error().what;
}

std::string relaxed(const bson::OwnedDocument& document) {
  return json(document.view(), JsonMode::relaxed);
}
std::string canonical(const bson::OwnedDocument& document) {
  return json(document.view(), JsonMode::canonical);
}

// {"a": <a value of that type with those bytes>}
bson::OwnedDocument one(Type type, const std::vector<std::uint8_t>& value) {
  return Builder().append("a", bson::Element(type, "a", value)).take();
}

template <typename T>
bson::OwnedDocument one(Type type, T value) {
  std::vector<std::uint8_t> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return one(type, bytes);
}

std::string relaxed_double(double value) {
  return relaxed(Builder().append("a", value).take());
}

TEST(JsonWriter, EmptyDocumentsAndArraysKeepTheirBrackets) {
  EXPECT_EQ(relaxed(Builder().take()), "{}");
  EXPECT_EQ(json(bson::Document(), JsonMode::relaxed), "{}");
  EXPECT_EQ(relaxed(Builder().open_array("a").close().open_document("b").take()),
            R"({"a":[],"b":{}})");
}

TEST(JsonWriter, FieldsKeepTheirOrderAndRepetitions) {
  EXPECT_EQ(relaxed(Builder().append("b", 1).append("a", 2).append("b", 3).take()),
            R"({"b":1,"a":2,"b":3})");
}

TEST(JsonWriter, RelaxedIntegersAreBareNumbers) {
  const auto document = Builder()
                            .append("a", std::numeric_limits<std::int32_t>::min())
                            .append("b", std::numeric_limits<std::int64_t>::min())
                            .append("c", std::numeric_limits<std::int64_t>::max())
                            .take();
  EXPECT_EQ(relaxed(document),
            R"({"a":-2147483648,"b":-9223372036854775808,"c":9223372036854775807})");
  EXPECT_EQ(canonical(document),
            R"({"a":{"$numberInt":"-2147483648"},"b":{"$numberLong":"-9223372036854775808"},)"
            R"("c":{"$numberLong":"9223372036854775807"}})");
}

TEST(JsonWriter, IntegersOfEveryLengthAreWholeAndExact) {
  std::uint64_t value = 1;
  for (int digits = 1; digits <= 19; ++digits, value *= 10) {
    for (const std::uint64_t near : {value - 1, value, value + 1}) {
      const auto signed_value = static_cast<std::int64_t>(near);
      EXPECT_EQ(relaxed(Builder().append("a", signed_value).append("b", -signed_value).take()),
                fmt::format(R"({{"a":{},"b":{}}})", signed_value, -signed_value));
    }
  }
}

TEST(JsonWriter, DoublesHaveTheFewestDigitsAndLookLikeDoubles) {
  EXPECT_EQ(relaxed_double(1.0), R"({"a":1.0})");
  EXPECT_EQ(relaxed_double(-0.0), R"({"a":-0.0})");
  EXPECT_EQ(relaxed_double(0.1), R"({"a":0.1})");
  EXPECT_EQ(relaxed_double(1e20), R"({"a":1e+20})");
  EXPECT_EQ(relaxed_double(123456789012345680.0), R"({"a":123456789012345680.0})");
  EXPECT_EQ(relaxed_double(5e-324), R"({"a":5e-324})");
  EXPECT_EQ(relaxed_double(-1.7976931348623157e308), R"({"a":-1.7976931348623157e+308})");
  EXPECT_EQ(canonical(Builder().append("a", 1.5).take()), R"({"a":{"$numberDouble":"1.5"}})");
}

TEST(JsonWriter, DoublesThatJsonHasNoNumberForAreWrapped) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(relaxed_double(std::nan("")), R"({"a":{"$numberDouble":"NaN"}})");
  EXPECT_EQ(relaxed_double(infinity), R"({"a":{"$numberDouble":"Infinity"}})");
  EXPECT_EQ(relaxed_double(-infinity), R"({"a":{"$numberDouble":"-Infinity"}})");
}

TEST(JsonWriter, DatesAreTextOnlyFrom1970To9999) {
  const auto date = [](std::int64_t millis) { return relaxed(one(Type::date, millis)); };
  EXPECT_EQ(date(0), R"({"a":{"$date":"1970-01-01T00:00:00Z"}})");
  EXPECT_EQ(date(-1), R"({"a":{"$date":{"$numberLong":"-1"}}})");
  EXPECT_EQ(date(951782400001), R"({"a":{"$date":"2000-02-29T00:00:00.001Z"}})");
  EXPECT_EQ(date(4107542399010), R"({"a":{"$date":"2100-02-28T23:59:59.010Z"}})");
  EXPECT_EQ(date(253402300799999), R"({"a":{"$date":"9999-12-31T23:59:59.999Z"}})");
  EXPECT_EQ(date(253402300800000), R"({"a":{"$date":{"$numberLong":"253402300800000"}}})");
  EXPECT_EQ(canonical(one(Type::date, std::int64_t{0})), R"({"a":{"$date":{"$numberLong":"0"}}})");
}

TEST(JsonWriter, EveryOtherTypeHasItsWrapper) {
  EXPECT_EQ(relaxed(one(Type::undefined, {})), R"({"a":{"$undefined":true}})");
  EXPECT_EQ(relaxed(one(Type::null, {})), R"({"a":null})");
  EXPECT_EQ(relaxed(one(Type::min_key, {})), R"({"a":{"$minKey":1}})");
  EXPECT_EQ(relaxed(one(Type::max_key, {})), R"({"a":{"$maxKey":1}})");
  EXPECT_EQ(relaxed(Builder().append("a", true).append("b", false).take()),
            R"({"a":true,"b":false})");
  EXPECT_EQ(relaxed(Builder().append("a", bson::Timestamp{4294967295u, 7}).take()),
            R"({"a":{"$timestamp":{"t":4294967295,"i":7}}})");
  EXPECT_EQ(relaxed(one(Type::object_id, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xAB, 0xFF})),
            R"({"a":{"$oid":"00010203040506070809abff"}})");
  EXPECT_EQ(relaxed(one(Type::symbol, {2, 0, 0, 0, 'x', 0})), R"({"a":{"$symbol":"x"}})");
  EXPECT_EQ(relaxed(one(Type::code, {2, 0, 0, 0, 'x', 0})), R"({"a":{"$code":"x"}})");
  EXPECT_EQ(relaxed(one(Type::code_with_scope, {15, 0, 0, 0, 2, 0, 0, 0, 'x', 0, 5, 0, 0, 0, 0})),
            R"({"a":{"$code":"x","$scope":{}}})");
  EXPECT_EQ(
      relaxed(one(Type::db_pointer, {2, 0, 0, 0, 'x', 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})),
      R"({"a":{"$dbPointer":{"$ref":"x","$id":{"$oid":"000102030405060708090a0b"}}}})");
}

TEST(JsonWriter, DecimalsAreWrittenByTheSpecificationsAlgorithm) {
  EXPECT_EQ(relaxed(one(Type::decimal128, std::array<std::uint64_t, 2>{1, 0x3040000000000000})),
            R"({"a":{"$numberDecimal":"1"}})");
  EXPECT_EQ(relaxed(one(Type::decimal128, std::array<std::uint64_t, 2>{1, 0x3046000000000000})),
            R"({"a":{"$numberDecimal":"1E+3"}})");
  EXPECT_EQ(relaxed(one(Type::decimal128, std::array<std::uint64_t, 2>{0, 0x7C00000000000000})),
            R"({"a":{"$numberDecimal":"NaN"}})");
}

TEST(JsonWriter, BinaryKeepsItsSubtypeInTwoDigits) {
  EXPECT_EQ(relaxed(one(Type::binary, {0, 0, 0, 0, 0})),
            R"({"a":{"$binary":{"base64":"","subType":"00"}}})");
  EXPECT_EQ(relaxed(one(Type::binary, {1, 0, 0, 0, 0x80, 0xFF})),
            R"({"a":{"$binary":{"base64":"/w==","subType":"80"}}})");
  EXPECT_EQ(relaxed(one(Type::binary, {2, 0, 0, 0, 4, 0xFF, 0xFF})),
            R"({"a":{"$binary":{"base64":"//8=","subType":"04"}}})");
  EXPECT_EQ(relaxed(one(Type::binary, {3, 0, 0, 0, 5, 0xFB, 0xEF, 0xBE})),
            R"({"a":{"$binary":{"base64":"++++","subType":"05"}}})");
}

TEST(JsonWriter, OldBinaryLosesItsInnerLengthOnlyWhereThatIsConsistent) {
  EXPECT_EQ(relaxed(one(Type::binary, {6, 0, 0, 0, 2, 2, 0, 0, 0, 0xFF, 0xFF})),
            R"({"a":{"$binary":{"base64":"//8=","subType":"02"}}})");
  EXPECT_EQ(relaxed(one(Type::binary, {6, 0, 0, 0, 2, 3, 0, 0, 0, 0xFF, 0xFF})),
            R"({"a":{"$binary":{"base64":"AwAAAP//","subType":"02"}}})");
}

TEST(JsonWriter, RegexOptionsAreInAlphabeticalOrder) {
  EXPECT_EQ(relaxed(Builder().append_regex("a", "^\"x", "mix").take()),
            R"({"a":{"$regularExpression":{"pattern":"^\"x","options":"imx"}}})");
}

TEST(JsonWriter, ControlCharactersAreEscapedInKeysAndValues) {
  EXPECT_EQ(relaxed(Builder().append("\"\\\n", "\b\f\r\t\x01\x1b").take()),
            R"({"\"\\\n":"\b\f\r\t\u0001\u001b"})");
  EXPECT_EQ(relaxed(Builder().append("a", std::string_view("x\0y", 3)).take()),
            R"({"a":"x\u0000y"})");
}

TEST(JsonWriter, DelAndC1NeverReachATerminalAsTheyAre) {
  EXPECT_EQ(relaxed(Builder().append("a", "\x7F\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0").take()),
            "{\"a\":\"\\u007f\\u0080\\u009b\\u009f\xC2\xA0\"}");
}

TEST(JsonWriter, OtherTextStaysUtf8) {
  constexpr auto text = "\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80 \xE2\x80\xA8\xE2\x80\xAE";
  EXPECT_EQ(relaxed(Builder().append("a", text).take()), fmt::format("{{\"a\":\"{}\"}}", text));
}

TEST(JsonWriter, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(relaxed(Builder().append("\xFFk", "a\xED\xA0\x80z\xC3").take()),
            "{\"\xEF\xBF\xBDk\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\"}");
}

TEST(JsonWriter, LongTextIsWholeWhereverItsEscapesFall) {
  for (std::size_t offset = 4080; offset < 4110; ++offset) {
    for (const std::string_view special : {"\"", "\n", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
      const std::string before(offset, 'x');
      const std::string after(5000, 'y');
      std::string escaped(special);
      if (special == "\"") escaped = "\\\"";
      if (special == "\n") escaped = "\\n";
      EXPECT_EQ(relaxed(Builder().append("a", before + std::string(special) + after).take()),
                "{\"a\":\"" + before + escaped + after + "\"}");
    }
  }
}

TEST(JsonWriter, TextThatGrowsSixfoldFits) {
  std::string expected;
  for (int i = 0; i < 100000; ++i) expected += "\\u0001";
  EXPECT_EQ(relaxed(Builder().append("a", std::string(100000, '\x01')).take()),
            "{\"a\":\"" + expected + "\"}");
}

TEST(JsonWriter, DamageLeavesTheOutputAsItWas) {
  const auto whole = Builder().append("a", 1).append("b", "text").take();
  std::vector<std::uint8_t> bytes(whole.view().bytes().begin(), whole.view().bytes().end());
  bytes[11] = 0x1F;  // the type of "b"
  std::string out = "before";
  JsonWriter writer(JsonMode::relaxed);
  const Status status = writer.append(*bson::Document::from(bytes), out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::damaged);
  EXPECT_EQ(status.error().what, "a document's BSON is damaged at byte 11 of it");
  EXPECT_EQ(out, "before");
}

bson::OwnedDocument nested(int levels) {
  Builder builder;
  for (int i = 0; i < levels; ++i) builder.open_document("a");
  return builder.take();
}

TEST(JsonWriter, NestingIsBoundedAsInValidation) {
  JsonWriter writer(JsonMode::relaxed);
  std::string out;
  EXPECT_TRUE(writer.append(nested(bson::max_depth).view(), out));
  EXPECT_FALSE(bson::validate(nested(bson::max_depth).view()));
  EXPECT_FALSE(writer.append(nested(bson::max_depth + 1).view(), out));
  EXPECT_TRUE(bson::validate(nested(bson::max_depth + 1).view()));
  EXPECT_FALSE(writer.append(nested(100000).view(), out));
}

TEST(JsonWriter, AValueIsWrittenWithoutItsKey) {
  const auto document = Builder().append("a", "x").open_array("b").append("0", 1).take();
  JsonWriter writer(JsonMode::canonical);
  std::string out;
  ASSERT_TRUE(writer.append_value(*document.view().find("a"), out));
  out += ' ';
  ASSERT_TRUE(writer.append_value(*document.view().find("b"), out));
  EXPECT_EQ(out, R"("x" [{"$numberInt":"1"}])");
}

TEST(JsonWriter, AStringAloneIsQuotedAndEscaped) {
  std::string out = "[";
  append_json_string("rs\n\"1\"", out);
  EXPECT_EQ(out, R"(["rs\n\"1\"")");
}

TEST(JsonWriter, DocumentsThatOnlyHoldDocumentsFit) {
  // Nothing but keys and brackets, as deep as it goes: the room has to be asked for on the way
  // down.
  for (const std::size_t key_size : {1u, 14u, 15u, 16u, 17u, 40u}) {
    bson::Builder builder;
    std::string open;
    std::string close;
    for (int depth = 0; depth < bson::max_depth; ++depth) {
      builder.open_document(std::string(key_size, 'k'));
      open += "{\"" + std::string(key_size, 'k') + "\":";
      close += "}";
    }
    Buffer out;
    ASSERT_TRUE(JsonWriter(JsonMode::relaxed).append(builder.take().view(), out));
    EXPECT_EQ(out.view(), open + "{}" + close);
  }
}

}  // namespace
}  // namespace mongotail::output

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "match/bson_compare.h"
#include "match/entries.h"
#include "match/numbers.h"

namespace mongotail::match {
namespace {

/// A value written as Extended JSON, with its bytes.
class Value {
 public:
  explicit Value(std::string_view json) : document_(doc("{\"v\":" + std::string(json) + "}")) {}
  bson::Element get() const { return *document_.view().first(); }

 private:
  bson::OwnedDocument document_;
};

std::string number(std::string_view type, std::string_view text) {
  return "{\"" + std::string(type) + "\":\"" + std::string(text) + "\"}";
}

// Each is less than the one after it; those of one line are equal.
void expect_ascending(const std::vector<std::vector<std::string>>& ranks) {
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = 0; j < ranks.size(); ++j) {
      for (const std::string& a : ranks[i]) {
        for (const std::string& b : ranks[j]) {
          const auto order = compare_values(Value(a).get(), Value(b).get());
          EXPECT_TRUE(order == (i <=> j)) << a << " and " << b;
        }
      }
    }
  }
}

TEST(Compare, NumbersOfAllTypesCompareByTheirExactValue) {
  const auto d = [](std::string_view text) { return number("$numberDouble", text); };
  const auto l = [](std::string_view text) { return number("$numberLong", text); };
  const auto i = [](std::string_view text) { return number("$numberInt", text); };
  const auto m = [](std::string_view text) { return number("$numberDecimal", text); };
  expect_ascending({
      {d("NaN"), m("NaN")},
      {d("-Infinity"), m("-Infinity")},
      {m("-1E+6000")},
      {d("-1e300")},
      {d("-9223372036854775808"), l("-9223372036854775808"), m("-9223372036854775808")},
      {l("-9223372036854775807"), m("-9223372036854775807")},
      {i("-1"), l("-1"), d("-1.0"), m("-1.000"), m("-10E-1")},
      {m("-1E-6176")},
      {i("0"), l("0"), d("0.0"), d("-0.0"), m("0"), m("-0"), m("0E+6000")},
      {m("1E-6176")},
      {d("5e-324")},
      {m("0.1")},
      {m("0.1000000000000000055511151231257827")},
      {d("0.1")},
      {m("0.1000000000000000055511151231257828")},
      {d("1.5"), m("1.50")},
      {d("9007199254740992"), l("9007199254740992"), m("9007199254740992")},
      {l("9007199254740993"), m("9007199254740993")},
      {l("9223372036854775807"), m("9223372036854775807")},
      {d("9223372036854775808"), m("9223372036854775808")},
      {d("1e300")},
      {m("9.999999999999999999999999999999999E+6144")},
      {d("Infinity"), m("Infinity")},
  });
}

TEST(Compare, TypesAreOrderedAsTheManualSays) {
  expect_ascending({{R"({"$minKey":1})"},
                    {R"({"$undefined":true})"},
                    {"null"},
                    {"7"},
                    {R"("a")", R"({"$symbol":"a"})"},
                    {R"({"a":1})"},
                    {"[0]"},
                    {R"({"$binary":{"base64":"","subType":"00"}})"},
                    {R"({"$oid":"000000000000000000000000"})"},
                    {"false"},
                    {"true"},
                    {R"({"$date":{"$numberLong":"-5"}})"},
                    {R"({"$date":{"$numberLong":"5"}})"},
                    {R"({"$timestamp":{"t":1,"i":2}})"},
                    {R"({"$timestamp":{"t":4294967295,"i":0}})"},
                    {R"({"$regularExpression":{"pattern":"a","options":""}})"},
                    {R"({"$regularExpression":{"pattern":"a","options":"i"}})"},
                    {R"({"$code":"a"})"},
                    {R"({"$code":"a","$scope":{"a":1}})"},
                    {R"({"$code":"a","$scope":{"a":2}})"},
                    {R"({"$maxKey":1})"}});
}

TEST(Compare, DocumentsCompareFieldByFieldInOrder) {
  expect_ascending({{"{}"},
                    {R"({"a":1})", R"({"a":1.0})", R"({"a":{"$numberDecimal":"1"}})"},
                    {R"({"a":1,"b":2})"},
                    {R"({"a":2})"},
                    {R"({"b":1})"},
                    {R"({"a":"x"})"}});
}

TEST(Compare, StringsCompareByTheirBytesAndBinariesFirstByLength) {
  expect_ascending(
      {{R"("")"}, {R"("a")"}, {R"("a\u0000")"}, {R"("a\u0000b")"}, {R"("aa")"}, {R"("é")"}});
  expect_ascending({{R"({"$binary":{"base64":"/w==","subType":"00"}})"},
                    {R"({"$binary":{"base64":"AA==","subType":"04"}})"},
                    {R"({"$binary":{"base64":"AAA=","subType":"00"}})"}});
}

TEST(Compare, DamagedDocumentsAreEqualToNothing) {
  const bson::OwnedDocument whole = doc(R"({"v":{"a":1,"b":2}})");
  std::vector<std::uint8_t> bytes(whole.view().bytes().begin(), whole.view().bytes().end());
  // The type of the inner "b".
  bytes[bytes.size() - 9] = 0x77;
  const auto damaged = bson::Document::from(bytes);
  ASSERT_TRUE(damaged && damaged->first());
  EXPECT_TRUE(compare_values(*damaged->first(), *damaged->first()) ==
              std::partial_ordering::unordered);
}

TEST(Numbers, BecomeIntegersOnlyWithinRange) {
  const auto exact = [](std::string_view json) { return exact_int64(Value(json).get()); };
  const auto cut = [](std::string_view json) { return truncated_int64(Value(json).get()); };
  EXPECT_EQ(exact(R"({"$numberDecimal":"9223372036854775807"})"), INT64_MAX);
  EXPECT_EQ(exact(R"({"$numberDecimal":"9223372036854775808"})"), std::nullopt);
  EXPECT_EQ(exact(R"({"$numberDecimal":"-9223372036854775808"})"), INT64_MIN);
  EXPECT_EQ(exact(R"({"$numberDecimal":"12E+2"})"), 1200);
  EXPECT_EQ(exact(R"({"$numberDecimal":"0E+6000"})"), 0);
  EXPECT_EQ(exact(R"({"$numberDecimal":"0.5"})"), std::nullopt);
  EXPECT_EQ(exact("1.5"), std::nullopt);
  EXPECT_EQ(exact("1e300"), std::nullopt);
  EXPECT_EQ(exact(R"("1")"), std::nullopt);
  EXPECT_EQ(cut("-1.9"), -1);
  EXPECT_EQ(cut("0.01"), 0);
  EXPECT_EQ(cut(R"({"$numberDouble":"NaN"})"), std::nullopt);
}

}  // namespace
}  // namespace mongotail::match

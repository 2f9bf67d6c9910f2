#include "match/mql.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include "match/entries.h"
#include "match/query_json.h"
#include "processor_time.h"
#include "random_seed.h"

namespace mongotail::match {
namespace {

bson::OwnedDocument query_doc(std::string_view json) {
  auto parsed = parse_query_json(json);
  EXPECT_TRUE(parsed) << json;
  return parsed ? *std::move(parsed) : bson::OwnedDocument();
}

bool selects(std::string_view query, std::string_view document) {
  const auto mql = Mql::parse(query_doc(query).view());
  EXPECT_TRUE(mql) << query << ": " << (mql ? "" : mql.error().what);
  Effort effort(std::chrono::seconds(10));
  const bool selected = mql && mql->matches(doc(document).view(), effort);
  EXPECT_FALSE(effort.spent()) << query;
  return selected;
}

std::string refusal(std::string_view query) {
  const auto mql = Mql::parse(query_doc(query).view());
  if (mql) return "";
  EXPECT_EQ(mql.error().cause, Cause::usage) << query;
  return mql.error().what;
}

TEST(Mql, TheEmptyQuerySelectsEverything) {
  EXPECT_TRUE(selects("{}", "{}"));
  EXPECT_TRUE(selects(R"({"$comment":"why"})", R"({"a":1})"));
}

TEST(Mql, EqualityReachesIntoArraysAndTakesThemWhole) {
  EXPECT_TRUE(selects(R"({"o.status":"paid"})", R"({"o":{"status":"paid"}})"));
  EXPECT_FALSE(selects(R"({"o.status":"paid"})", R"({"o":{"status":"Paid"}})"));
  EXPECT_TRUE(selects(R"({"a":1})", R"({"a":[2,1]})"));
  EXPECT_TRUE(selects(R"({"a":[2,1]})", R"({"a":[2,1]})"));
  EXPECT_TRUE(selects(R"({"a":[2,1]})", R"({"a":[[2,1]]})"));
  EXPECT_FALSE(selects(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  EXPECT_TRUE(selects(R"({"a":{"b":1}})", R"({"a":{"b":1.0}})"));
  EXPECT_FALSE(selects(R"({"a":{"b":1}})", R"({"a":{"b":1,"c":2}})"));
}

TEST(Mql, APathGoesThroughArraysByIndexAndByItself) {
  EXPECT_TRUE(selects(R"({"a.b":1})", R"({"a":[{"c":1},{"b":1}]})"));
  EXPECT_TRUE(selects(R"({"a.1.b":1})", R"({"a":[{"c":1},{"b":1}]})"));
  EXPECT_FALSE(selects(R"({"a.0.b":1})", R"({"a":[{"c":1},{"b":1}]})"));
  EXPECT_TRUE(selects(R"({"a.0":1})", R"({"a":[{"0":1}]})"));
  EXPECT_TRUE(selects(R"({"a.0":1})", R"({"a":{"0":1}})"));
  EXPECT_TRUE(selects(R"({"a.0.0":1})", R"({"a":[[1]]})"));
  EXPECT_FALSE(selects(R"({"a.b":1})", R"({"a":[[{"b":1}]]})"));
}

TEST(Mql, NullSelectsWhatIsMissingButNotWithinScalarsOfArrays) {
  EXPECT_TRUE(selects(R"({"a":null})", "{}"));
  EXPECT_TRUE(selects(R"({"a":null})", R"({"a":null})"));
  EXPECT_TRUE(selects(R"({"a.b":null})", R"({"a":5})"));
  EXPECT_TRUE(selects(R"({"a.b":null})", R"({"a":[{}]})"));
  EXPECT_FALSE(selects(R"({"a.b":null})", R"({"a":[1]})"));
  EXPECT_TRUE(selects(R"({"a":{"$in":[null]}})", "{}"));
  EXPECT_FALSE(selects(R"({"a":{"$ne":null}})", "{}"));
}

TEST(Mql, ComparisonsHoldWithinATypeOnly) {
  EXPECT_TRUE(selects(R"({"a":{"$gt":5}})", R"({"a":5.5})"));
  EXPECT_FALSE(selects(R"({"a":{"$gt":5}})", R"({"a":"6"})"));
  EXPECT_FALSE(selects(R"({"a":{"$lt":5}})", R"({"a":null})"));
  EXPECT_FALSE(selects(R"({"a":{"$lt":{"$numberDouble":"NaN"}}})", R"({"a":1})"));
  EXPECT_TRUE(
      selects(R"({"a":{"$gte":{"$numberDouble":"NaN"}}})", R"({"a":{"$numberDecimal":"NaN"}})"));
  EXPECT_TRUE(selects(R"({"a":{"$gt":{"$minKey":1}}})", R"({"a":"x"})"));
  EXPECT_FALSE(selects(R"({"a":{"$gt":{"$timestamp":{"t":1,"i":1}}}})",
                       R"({"a":{"$date":{"$numberLong":"99999"}}})"));
}

TEST(Mql, ListsOperatorsAndNegationsCombine) {
  EXPECT_TRUE(selects(R"({"a":{"$in":[1,{"$regularExpression":{"pattern":"^x","options":""}}]}})",
                      R"({"a":"xy"})"));
  EXPECT_TRUE(selects(R"({"a":{"$nin":[1,2]}})", R"({"a":3})"));
  EXPECT_FALSE(selects(R"({"a":{"$nin":[1,2]}})", R"({"a":[3,1]})"));
  EXPECT_TRUE(selects(R"({"a":{"$not":{"$gt":5}}})", "{}"));
  EXPECT_TRUE(selects(R"({"$or":[{"a":1},{"b":2}]})", R"({"b":2})"));
  EXPECT_FALSE(selects(R"({"$nor":[{"a":1},{"b":2}]})", R"({"b":2})"));
  EXPECT_FALSE(selects(R"({"$and":[{"a":1},{"b":2}]})", R"({"b":2})"));
  EXPECT_TRUE(selects(R"({"a":{"$exists":false}})", R"({"b":2})"));
  EXPECT_TRUE(selects(R"({"a":{"$all":[1,2]}})", R"({"a":[2,3,1]})"));
  EXPECT_FALSE(selects(R"({"a":{"$all":[]}})", R"({"a":[]})"));
}

TEST(Mql, ElemMatchWantsOneElementForAllConditions) {
  EXPECT_TRUE(selects(R"({"a":{"$elemMatch":{"$gt":1,"$lt":5}}})", R"({"a":[0,3]})"));
  EXPECT_FALSE(selects(R"({"a":{"$elemMatch":{"$gt":1,"$lt":5}}})", R"({"a":[0,9]})"));
  EXPECT_TRUE(selects(R"({"a":{"$elemMatch":{"x":1,"y":2}}})", R"({"a":[{"x":1,"y":2}]})"));
  EXPECT_FALSE(selects(R"({"a":{"$elemMatch":{"x":1,"y":2}}})", R"({"a":[{"x":1},{"y":2}]})"));
  EXPECT_FALSE(selects(R"({"a":{"$elemMatch":{"$gt":1}}})", R"({"a":3})"));
}

TEST(Mql, TypesSizesModuliAndBitsAreTested) {
  EXPECT_TRUE(selects(R"({"a":{"$type":"number"}})", R"({"a":{"$numberDecimal":"1"}})"));
  EXPECT_TRUE(selects(R"({"a":{"$type":[2,"array"]}})", R"({"a":[]})"));
  EXPECT_FALSE(selects(R"({"a":{"$type":"long"}})", R"({"a":1})"));
  EXPECT_TRUE(selects(R"({"a":{"$size":2}})", R"({"a":[1,2]})"));
  EXPECT_TRUE(selects(R"({"a":{"$mod":[4,-3]}})", R"({"a":-7.9})"));
  EXPECT_TRUE(
      selects(R"({"a":{"$mod":[-1,0]}})", R"({"a":{"$numberLong":"-9223372036854775808"}})"));
  EXPECT_TRUE(selects(R"({"a":{"$bitsAllSet":[0,200]}})", R"({"a":-1})"));
  EXPECT_TRUE(selects(R"({"a":{"$bitsAnyClear":3}})", R"({"a":2})"));
  EXPECT_FALSE(selects(R"({"a":{"$bitsAllSet":1}})", R"({"a":1.5})"));
}

TEST(Mql, RegularExpressionsFindTextWithTheirOptions) {
  EXPECT_TRUE(selects(R"({"a":{"$regex":"^B","$options":"im"}})", R"({"a":"a\nb"})"));
  EXPECT_FALSE(selects(R"({"a":{"$regex":"^b"}})", R"({"a":"a\nb"})"));
  EXPECT_TRUE(selects(R"({"a":{"$options":"s","$regex":"a.b"}})", R"({"a":"a\nb"})"));
  EXPECT_TRUE(selects(R"({"a":{"$regex":"^.$"}})", R"({"a":"é"})"));
  EXPECT_TRUE(selects(R"({"a":{"$not":{"$regularExpression":{"pattern":"x","options":""}}}})",
                      R"({"a":"y"})"));
  EXPECT_FALSE(selects(R"({"a":{"$regex":"1"}})", R"({"a":1})"));
}

// Judges with little effort, all of which must go, in about that time.
void expect_too_costly(std::string_view query, bson::Document document) {
  const auto mql = Mql::parse(query_doc(query).view());
  ASSERT_TRUE(mql) << query;
  constexpr double most = 0.05;
  const double seconds = processor_seconds(most, [&] {
    Effort effort(std::chrono::milliseconds(10));
    mql->matches(document, effort);
    EXPECT_TRUE(effort.spent()) << query;
  });
  EXPECT_LT(seconds, most) << query;
}

TEST(Mql, APathOfNumbersIsNotFollowedInEveryWayForEver) {
  // Each level is a document in an array in a document: "0" may mean the field or the index.
  bson::Builder builder;
  std::string path = "0";
  constexpr int levels = 40;
  for (int i = 0; i < levels; ++i) {
    builder.open_array("0").open_document("0");
    path += ".0";
  }
  for (int i = 0; i < levels; ++i) builder.close().close();
  expect_too_costly(fmt::format(R"({{"{}.x":1}})", path), builder.take().view());
}

TEST(Mql, LongListsOfConditionsAndValuesAreBoundedTogether) {
  bson::Builder builder;
  builder.open_array("a");
  for (int i = 0; i < 200'000; ++i) {
    builder.open_document(std::to_string(i)).append("b", "lorem ipsum dolor").close();
  }
  const bson::OwnedDocument document = builder.close().take();
  std::string regexes, values, nests;
  for (int i = 0; i < 300; ++i) {
    regexes += fmt::format(R"({}{{"$regularExpression":{{"pattern":"q{}","options":"i"}}}})",
                           i == 0 ? "" : ",", i);
    values += fmt::format(R"({}{{"a.b":{{"$gt":"x{}"}}}})", i == 0 ? "" : ",", i);
    nests += fmt::format(R"({}{{"$elemMatch":{{"b":"{}"}}}})", i == 0 ? "" : ",", i);
  }
  expect_too_costly(fmt::format(R"({{"a.b":{{"$in":[{}]}}}})", regexes), document.view());
  expect_too_costly(fmt::format(R"({{"$or":[{}]}})", values), document.view());
  expect_too_costly(fmt::format(R"({{"$nor":[{}]}})", values), document.view());
  expect_too_costly(fmt::format(R"({{"a":{{"$not":{{"$all":[{}]}}}},"$or":[{}]}})", nests, values),
                    document.view());
}

TEST(Mql, UnsupportedOperatorsAreNamed) {
  for (const std::string& op : {std::string("$expr"), std::string("$where"), std::string("$text"),
                                std::string("$jsonSchema"), std::string("$nonsense")}) {
    EXPECT_NE(refusal(fmt::format(R"({{"{}":{{}}}})", op)).find(op), std::string::npos) << op;
  }
  for (const std::string& op :
       {std::string("$near"), std::string("$geoWithin"), std::string("$nonsense")}) {
    EXPECT_NE(refusal(fmt::format(R"({{"a":{{"{}":1}}}})", op)).find(op), std::string::npos) << op;
  }
}

TEST(Mql, BadOperandsAreRefusedByTheOperatorsName) {
  for (const auto& [query, name] :
       {std::pair<const char*, const char*>{R"({"a":{"$in":5}})", "$in"},
        {R"({"a":{"$in":[{"$gt":1}]}})", "$in"},
        {R"({"a":{"$size":-1}})", "$size"},
        {R"({"a":{"$size":1.5}})", "$size"},
        {R"({"a":{"$mod":[0,1]}})", "$mod"},
        {R"({"a":{"$mod":[1]}})", "$mod"},
        {R"({"a":{"$type":"strin"}})", "strin"},
        {R"({"a":{"$regex":"("}})", "("},
        {R"({"a":{"$regex":"a","$options":"q"}})", "/a/q"},
        {R"({"a":{"$options":"i"}})", "$options"},
        {R"({"a":{"$not":5}})", "$not"},
        {R"({"a":{"$elemMatch":5}})", "$elemMatch"},
        {R"({"a":{"$all":5}})", "$all"},
        {R"({"a":{"$bitsAllSet":-1}})", "$bitsAllSet"},
        {R"({"a":{"$gt":{"$regularExpression":{"pattern":"a","options":""}}}})", "$gt"},
        {R"({"a":{"$gt":1,"b":2}})", "'b'"},
        {R"({"$or":[]})", "$or"},
        {R"({"$and":5})", "$and"}}) {
    EXPECT_NE(refusal(query).find(name), std::string::npos) << query << ": " << refusal(query);
  }
}

TEST(Mql, AQueryDeeperThanDocumentsIsRefused) {
  bson::Builder builder;
  for (int i = 0; i <= bson::max_depth; ++i) builder.open_document("a");
  EXPECT_FALSE(Mql::parse(builder.take().view()));
  std::string path = "a";
  for (int i = 0; i < bson::max_depth; ++i) path += ".a";
  EXPECT_FALSE(Mql::parse(bson::Builder().append(path, 1).take().view()));
}

TEST(Mql, DamagedDocumentsNeverReachPastTheirBytes) {
  const unsigned seed = random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const bson::OwnedDocument whole = doc(
      R"({"a":[{"b":[1,{"$numberDecimal":"1.5"},"x"]},[[1]],{"$regularExpression":{"pattern":"x","options":"i"}}],
          "b":{"$code":"x","$scope":{"a":1}},"c":{"$binary":{"base64":"AAAA","subType":"02"}}})");
  std::vector<Mql> queries;
  for (const char* query :
       {R"({"a.b":1})", R"({"a.0.b.1":{"$gt":1}})", R"({"a":{"$elemMatch":{"b":{"$size":3}}}})",
        R"({"b":{"$code":"x","$scope":{"a":1}}})", R"({"c":{"$bitsAllSet":[3]}})",
        R"({"a":{"$not":{"$type":"array"}}})", R"({"a.b":{"$regex":"x"}})",
        R"({"a":[{"b":[1,1.5,"x"]},[[1]]]})", R"({"b":{"$gte":{"$minKey":1}}})"}) {
    auto mql = Mql::parse(query_doc(query).view());
    ASSERT_TRUE(mql) << query;
    queries.push_back(*std::move(mql));
  }
  int read = 0;
  constexpr int cases = 20'000;
  for (int i = 0; i < cases; ++i) {
    // In memory of exactly its size, so that a sanitizer sees every byte too many.
    std::vector<std::uint8_t> bytes(whole.view().bytes().begin(), whole.view().bytes().end());
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    const auto damaged = bson::Document::from(bytes);
    if (!damaged) continue;
    for (const Mql& mql : queries) {
      Effort effort(std::chrono::seconds(10));
      mql.matches(*damaged, effort);
    }
    ++read;
  }
  EXPECT_GT(read, cases / 2);
}

}  // namespace
}  // namespace mongotail::match

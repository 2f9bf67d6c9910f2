#include "match/query_json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "match/mql.h"
#include "oplog/oplog_support.h"

namespace mongotail::match {
namespace {

bool selects(std::string_view query, std::string_view document) {
  const auto parsed = parse_query_json(query);
  EXPECT_TRUE(parsed) << query << ": " << (parsed ? "" : parsed.error().what);
  if (!parsed) return false;
  const auto mql = Mql::parse(parsed->view());
  EXPECT_TRUE(mql) << query << ": " << (mql ? "" : mql.error().what);
  Effort effort(std::chrono::seconds(10));
  return mql && mql->matches(oplog::doc(document).view(), effort);
}

TEST(QueryJson, TypeIsTheOperatorWhereverItStands) {
  for (const char* query :
       {R"({"a":{"$type":"array"}})", R"({"a":{"$type":4}})", R"({"a":{"$type":[2,"array"]}})",
        R"({"a":{"$exists":true,"$type" : 4}})", R"({"b":{"$not":{"$type":"date"}}})"}) {
    EXPECT_TRUE(selects(query, R"({"a":[]})")) << query;
    EXPECT_EQ(selects(query, R"({"a":1,"b":{"$date":"2020-01-01T00:00:00Z"}})"), false) << query;
  }
}

TEST(QueryJson, RegexAndOptionsMayStandBesideOtherOperators) {
  EXPECT_TRUE(selects(R"({"a":{"$regex":"^X","$options":"i","$ne":"xy"}})", R"({"a":"xz"})"));
  EXPECT_FALSE(selects(R"({"a":{"$regex":"^X","$options":"i","$ne":"xy"}})", R"({"a":"xy"})"));
  EXPECT_TRUE(selects(R"({"a":{"$not":{"$options":"","$regex":"^x"}}})", R"({"a":"y"})"));
}

TEST(QueryJson, ValuesAreExtendedJson) {
  EXPECT_TRUE(selects(R"({"a":{"$gt":{"$date":"2020-01-01T00:00:00Z"}}})",
                      R"({"a":{"$date":"2021-01-01T00:00:00Z"}})"));
  EXPECT_TRUE(
      selects(R"({"a":{"$regularExpression":{"pattern":"X","options":"i"}}})", R"({"a":"x"})"));
  EXPECT_TRUE(selects(R"({"a":"$type"})", R"({"a":"$type"})"));
  EXPECT_TRUE(selects(R"({"a":["\"$type\":",{"b":"\\"}]})", R"({"a":["\"$type\":",{"b":"\\"}]})"));
}

TEST(QueryJson, BrokenTextIsAUsageError) {
  for (const char* query :
       {"", "{", R"({"a":)", R"({"$type":"})", "[1]", R"({"a":1} x)", R"("\)"}) {
    const auto parsed = parse_query_json(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().cause, Cause::usage);
  }
}

}  // namespace
}  // namespace mongotail::match

#include "output/summary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bson/extended_json.h"

namespace mongotail::output {
namespace {

using ::testing::HasSubstr;

class SummaryTest : public ::testing::Test {
 protected:
  void add(const std::string& op, const std::string& ns, const std::string& wall,
           const std::string& o = "{}", const std::string& more = "") {
    const auto document =
        *bson::parse_document(R"({"op":")" + op + R"(","ns":")" + ns + R"(","o":)" + o +
                              R"(,"wall":{"$date":")" + wall + R"("})" + more + "}");
    oplog::Operation operation;
    operation.entry = *oplog::Entry::parse(document.view());
    bytes_.push_back(static_cast<std::int64_t>(document.view().size()));
    summary_.add(operation);
  }

  static Summary by(std::vector<SummaryKey> keys, Summary::Sort sort = Summary::Sort::bytes,
                    std::size_t most_groups = HeavyGroups::usual_most) {
    return Summary({std::move(keys), sort, true, most_groups});
  }

  std::string json() const { return summary_.json_lines(JsonMode::relaxed); }

  Summary summary_ = by({SummaryKey::ns, SummaryKey::op});
  std::vector<std::int64_t> bytes_;
};

TEST_F(SummaryTest, CountsByNamespaceAndOpTheLargestFirst) {
  add("d", "a.b", "2026-11-23T01:00:01Z", R"({"_id":1})");
  add("i", "a.b", "2026-11-23T01:00:00Z");
  add("i", "a.b", "2026-11-23T01:00:02Z");
  EXPECT_EQ(
      json(),
      fmt::format(
          R"({{"ns":"a.b","op":"i","count":2,"bytes":{},"first":{{"$date":"2026-11-23T01:00:00Z"}},)"
          R"("last":{{"$date":"2026-11-23T01:00:02Z"}}}})"
          "\n"
          R"({{"ns":"a.b","op":"d","count":1,"bytes":{},"first":{{"$date":"2026-11-23T01:00:01Z"}},)"
          R"("last":{{"$date":"2026-11-23T01:00:01Z"}}}})"
          "\n",
          bytes_[1] + bytes_[2], bytes_[0]));
}

TEST_F(SummaryTest, SortsByCountOrByTheKeysWhereAskedTo) {
  const std::string large =
      R"({"_id":"a long text that makes it the largest of them all, by far"})";
  const auto order = [&](Summary::Sort sort) {
    summary_ = by({SummaryKey::ns}, sort);
    add("i", "b.large", "2026-11-23T01:00:00Z", large);
    add("i", "c.often", "2026-11-23T01:00:00Z");
    add("i", "c.often", "2026-11-23T01:00:00Z");
    add("i", "a.small", "2026-11-23T01:00:00Z");
    std::string names;
    for (const auto& item : summary_.sorted(10)) {
      names += *keys_of(item).first()->as_text();
      names += ' ';
    }
    return names;
  };
  EXPECT_EQ(order(Summary::Sort::count), "c.often a.small b.large ");
  EXPECT_EQ(order(Summary::Sort::key), "a.small b.large c.often ");
}

TEST_F(SummaryTest, ASampleCountsAsItsOperationDoes) {
  const auto document = *bson::parse_document(R"({"op":"i","ns":"a.b","o":{"_id":1}})");
  oplog::Operation operation;
  operation.entry = *oplog::Entry::parse(document.view());
  const auto sample = summary_.sample(operation);
  ASSERT_TRUE(sample);
  Summary other = by({SummaryKey::ns, SummaryKey::op});
  other.add(*sample);
  summary_.add(operation);
  EXPECT_EQ(other.json_lines(JsonMode::relaxed), json());
  EXPECT_FALSE(by({SummaryKey::field}).sample(operation));
}

TEST_F(SummaryTest, AnOperationCountsOnceUnderEachOfItsFields) {
  summary_ = by({SummaryKey::field}, Summary::Sort::key);
  add("u", "a.b", "2026-11-23T01:00:00Z",
      R"({"$v":2,"diff":{"u":{"n":1},"slines":{"a":true,"u0":1,"u3":2}}})", R"(,"o2":{"_id":1})");
  add("u", "a.b", "2026-11-23T01:00:01Z", R"({"$v":1,"$set":{"lines.7":1}})", R"(,"o2":{"_id":1})");
  const std::string table = summary_.table();
  EXPECT_THAT(table, testing::ContainsRegex("\nlines\\.\\$ +2 "));
  EXPECT_THAT(table, testing::ContainsRegex("\nn +1 "));
  EXPECT_THAT(table, testing::ContainsRegex("\ntotal +2 "));
}

TEST_F(SummaryTest, SaysWhatALineMayLackWhereGroupsWereDropped) {
  summary_ = by({SummaryKey::id}, Summary::Sort::count, 4);
  for (int round = 0; round < 3; ++round) {
    for (int id = 0; id < 6; ++id) {
      add("i", "a.b", "2026-11-23T01:00:00Z", fmt::format(R"({{"_id":{}}})", id));
    }
  }
  EXPECT_FALSE(summary_.groups().exact());
  EXPECT_THAT(summary_.table(),
              testing::ContainsRegex("\nand more; any of these lines may lack up to [0-9]+ "
                                     "operations and [0-9]+ B\ntotal +18 "));
  EXPECT_THAT(json(), testing::ContainsRegex(R"("error":\{"count":[0-9]+,"bytes":[0-9]+\}\})"));
}

TEST_F(SummaryTest, CommandsCountUnderTheCollectionTheyName) {
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"create":"orders"})");
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"createIndexes":"orders","key":{"a":1}})");
  add("c", "shop.$cmd", "2026-11-23T01:00:00Z", R"({"dropDatabase":1})");
  const std::string table = summary_.table();
  EXPECT_THAT(table, testing::ContainsRegex("\nshop.orders  command +2 "));
  EXPECT_THAT(table, testing::ContainsRegex("\nshop         command +1 "));
  EXPECT_THAT(json(), HasSubstr(R"({"ns":"shop.orders","op":"c","count":2,)"));
}

TEST_F(SummaryTest, TheTableEndsWithATotalAndARate) {
  add("i", "shop.orders", "2026-11-23T01:00:00Z");
  add("d", "shop.orders", "2026-11-23T01:00:04Z");
  const std::string table = summary_.table();
  EXPECT_THAT(table, HasSubstr("shop.orders  insert  "));
  EXPECT_THAT(table, HasSubstr("total        "));
  EXPECT_THAT(table, HasSubstr("0.5 operations and "));
}

TEST_F(SummaryTest, NothingSelectedIsSaid) {
  EXPECT_THAT(summary_.table(), HasSubstr("nothing was selected"));
  EXPECT_EQ(json(), "");
}

TEST_F(SummaryTest, NamespacesAreHarmlessForATerminal) {
  add("i", "a.\\u001b[31m", "2026-11-23T01:00:00Z");
  EXPECT_EQ(summary_.table().find('\x1b'), std::string::npos);
}

TEST_F(SummaryTest, SizesAndSharesAreForPeople) {
  const std::string text(1'500'000, 'x');
  add("i", "a.large", "2026-11-23T01:00:00Z", R"({"_id":")" + text + R"("})");
  for (int i = 0; i < 1234; ++i) add("d", "a.small", "2026-11-23T01:00:01Z");
  const std::string table = summary_.table();
  EXPECT_THAT(table, testing::ContainsRegex("\na\\.large +insert +1 +1\\.5 MB +9[0-9]\\.[0-9]% "));
  EXPECT_THAT(table,
              testing::ContainsRegex("\na\\.small +delete +1,234 +[0-9]+ kB +[0-9]\\.[0-9]% "));
}

}  // namespace
}  // namespace mongotail::output

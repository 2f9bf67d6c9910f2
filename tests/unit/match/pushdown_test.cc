#include "match/pushdown.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "match/entries.h"
#include "match/query_json.h"

namespace mongotail::match {
namespace {

void expect_filter(const Selection& selection, PushdownLevel level, std::string_view json) {
  const auto filter = server_filter(selection, level);
  ASSERT_TRUE(filter) << filter.error().what;
  const bson::OwnedDocument expected = *parse_query_json(json);
  EXPECT_TRUE(std::ranges::equal(filter->view().bytes(), expected.view().bytes()))
      << "the filter for\n"
      << json << "\nis another";
}

void expect_full(const Selection& selection, std::string_view json) {
  expect_filter(selection, PushdownLevel::full, json);
}

// All commands but transactions that are surely without such an operation.
std::string commands_with(std::string_view operation) {
  return fmt::format(
      R"({{"op":"c","$nor":[{{"prevOpTime.ts":{{"$timestamp":{{"t":0,"i":0}}}},"o.prepare":null,
          "o.applyOps":{{"$exists":true,"$not":{{"$elemMatch":{}}}}}}}]}})",
      operation);
}

std::string commands(std::string_view namespaces) {
  return commands_with(fmt::format(R"({{"ns":{{"$in":[{},"admin.$cmd",null]}}}})", namespaces));
}

std::string either(std::string_view condition, std::string_view namespaces) {
  return fmt::format(R"({{"$or":[{},{}]}})", condition, commands(namespaces));
}

constexpr std::string_view users = R"("app.users","app.system.buckets.users","app.$cmd")";
constexpr std::string_view all_of_app =
    R"({"$regularExpression":{"pattern":"^app\\.","options":""}})";

OpSet only_ops(bool insert, bool update, bool command) {
  return {insert, update, false, command, false, false};
}

TEST(Pushdown, OneNamespaceIsTwoNamesBesideCommandsAndTransactionsThatMayHoldIt) {
  Selection selection;
  selection.ns = {"app.users"};
  expect_full(selection,
              either(R"({"ns":{"$in":["app.users","app.system.buckets.users"]}})", users));
}

TEST(Pushdown, APatternIsAnAnchoredRegex) {
  Selection selection;
  selection.ns = {"app"};
  expect_full(selection, either(fmt::format(R"({{"ns":{}}})", all_of_app), all_of_app));
}

TEST(Pushdown, SeveralPatternsAreOneIn) {
  Selection selection;
  selection.ns = {"app.users", "log.*"};
  constexpr std::string_view both =
      R"("app.users","app.system.buckets.users",
         {"$regularExpression":{"pattern":"^log\\.","options":""}})";
  constexpr std::string_view both_in_transactions =
      R"("app.users","app.system.buckets.users","app.$cmd",
         {"$regularExpression":{"pattern":"^log\\.","options":""}})";
  expect_full(selection,
              either(fmt::format(R"({{"ns":{{"$in":[{}]}}}})", both), both_in_transactions));
}

TEST(Pushdown, CommandsOfTransactionsAreKeptWhereTheDatabaseIsNotKnown) {
  Selection selection;
  selection.ns = {"*.users"};
  constexpr std::string_view any_users =
      R"({"$regularExpression":{"pattern":"^[^.]*\\.(?:system\\.buckets\\.)?users$","options":""}})";
  expect_full(
      selection,
      fmt::format(R"({{"$or":[{{"ns":{}}},{}]}})", any_users,
                  commands_with(fmt::format(
                      R"({{"$or":[{{"op":"c"}},{{"ns":{{"$in":[{},null]}}}}]}})", any_users))));
}

TEST(Pushdown, WithoutConditionsThereIsNoFilter) {
  expect_full({}, "{}");
  Selection everything;
  everything.ns = {"app.users", "*"};
  expect_full(everything, "{}");
  expect_filter(everything, PushdownLevel::ns_only, "{}");
}

TEST(Pushdown, MorePatternsThanOneRegularExpressionCanDoForAreNotPushedDownAsOne) {
  Selection selection;
  for (int i = 0; i < 64; ++i) selection.ns.push_back(fmt::format("app.{}*a*b", i));
  const auto filter = server_filter(selection, PushdownLevel::ns_only);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->view().find("ns"));
  selection.ns.emplace_back("app.one*more");
  expect_filter(selection, PushdownLevel::ns_only, "{}");
  selection.ns.assign(1000, "app.longer");
  expect_filter(selection, PushdownLevel::ns_only, "{}");
}

TEST(Pushdown, APatternTooLongForTheServerLetsEverythingThrough) {
  Selection selection;
  selection.ns = {"app." + std::string(2000, '?')};
  expect_filter(selection, PushdownLevel::ns_only, "{}");
  const auto filter = server_filter(selection, PushdownLevel::full);
  ASSERT_TRUE(filter);
  EXPECT_LT(filter->view().bytes().size(), 1000u);
}

TEST(Pushdown, OpsAreListedAlwaysWithCommands) {
  Selection selection;
  selection.ops = only_ops(true, true, false);
  expect_full(selection, R"({"op":{"$in":["i","u","c"]}})");
  selection.ops = only_ops(false, false, true);
  expect_full(selection, R"({"op":"c"})");
  selection.ns = {"app.users"};
  expect_full(selection, R"({"op":"c"})");
  selection.ops = only_ops(true, false, true);
  expect_full(selection,
              either(R"({"ns":{"$in":["app.users","app.system.buckets.users"]},"op":"i"})", users));
}

TEST(Pushdown, CommandsByNameAreFetchedWithThoseThatMayBelongToTransactions) {
  Selection selection;
  selection.ops = only_ops(false, false, false);
  selection.ops.commands = {"drop"};
  const std::string others =
      R"({"o.drop":{"$exists":false},"o.applyOps":{"$exists":false},
          "o.commitTransaction":{"$exists":false},"o.abortTransaction":{"$exists":false}})";
  std::string filter = commands_with(R"({"op":"c"})");
  filter.replace(filter.find('[') + 1, 0, others + ",");
  expect_full(selection, filter);
  selection.ops.commands = {"applyOps", "drop"};
  expect_full(selection,
              R"({"op":"c","$nor":[{"o.applyOps":{"$exists":false},"o.drop":{"$exists":false},
      "o.commitTransaction":{"$exists":false},"o.abortTransaction":{"$exists":false}}]})");
  selection.ops.command = true;
  expect_full(selection, R"({"op":"c"})");
  selection.ops.command = false;
  selection.ops.commands = {"drop"};
  selection.ops.insert = true;
  selection.id = doc(R"({"v":1})");
  expect_full(selection,
              fmt::format(R"({{"$or":[{{"$or":[{{"o._id":{{"$eq":1}}}},{{"o2._id":{{"$eq":1}}}}],
      "op":"i"}},{{"op":"c","$nor":[{}]}}]}})",
                          others));
}

TEST(Pushdown, AUsersSessionsAreFetchedAndCommandsWithoutOne) {
  Selection selection;
  selection.users = {"ada@admin"};
  constexpr std::string_view ada =
      R"({"$binary":{"subType":"00","base64":"5i9Fg3BWKhT6qxzcugLAJd6VMbkpuUcm+DHRWXR7c9M="}})";
  expect_full(selection, fmt::format(R"({{"$or":[{{"lsid.uid":{{"$in":[{}]}}}},
      {{"op":"c","$nor":[{{"lsid.uid":{{"$exists":true,"$nin":[{}]}}}}]}}]}})",
                                     ada, ada));
}

TEST(Pushdown, OnlyExclusionsThatTheServerJudgesExactlyArePushedDown) {
  Selection selection;
  selection.ns_exclude = {"app.noise", "app.x*", "log", "*"};
  expect_full(selection, R"({"$or":[{"ns":{"$nin":["app.noise","app.system.buckets.noise",
      {"$regularExpression":{"pattern":"^log\\.","options":""}}]}},{"op":"c"}]})");
  selection.ns = {"app"};
  selection.ns_exclude = {"app.noise"};
  expect_full(
      selection,
      either(
          fmt::format(R"({{"ns":{{"$in":[{}],"$nin":["app.noise","app.system.buckets.noise"]}}}})",
                      all_of_app),
          all_of_app));
}

TEST(Pushdown, NsOnlyIsOneRegexFromTheBeginWithEveryDatabasesCommands) {
  Selection selection;
  selection.ns = {"app.users", "log"};
  selection.ops = only_ops(true, false, false);
  expect_filter(selection, PushdownLevel::ns_only,
                R"js({"ns":{"$regularExpression":{
                    "pattern":"^(?:app\\.(?:system\\.buckets\\.)?users$|log\\.|[^.]*\\.\\$cmd$)",
                    "options":""}}})js");
}

TEST(Pushdown, AnIdIsSoughtInBothPlaces) {
  Selection selection;
  selection.id = doc(R"({"v":{"$oid":"000000000000000000000001"}})");
  expect_full(selection, R"({"$or":[{"$or":[
      {"o._id":{"$eq":{"$oid":"000000000000000000000001"}}},
      {"o2._id":{"$eq":{"$oid":"000000000000000000000001"}}}]},{"op":"c"}]})");
  selection.id = doc(R"({"v":null})");
  expect_full(selection, "{}");
}

TEST(Pushdown, AChangedPathIsInInsertsAndUpdatesOnly) {
  Selection selection;
  selection.changed = {"a.b"};
  expect_full(selection, R"({"op":{"$in":["i","u","c"]}})");
  selection.changed = {"a", "a.b"};
  expect_full(selection, R"({"op":{"$in":["i","u","c"]}})");
}

TEST(Pushdown, InsertsThatLackAChangedFieldAreLeftOut) {
  const auto without = [](std::string_view lacks) {
    return fmt::format(R"({{"$or":[{{"$nor":[{{"op":"i","$and":[{}]}}],"op":{{"$in":["i","u"]}}}},
        {{"op":"c"}}]}})",
                       lacks);
  };
  Selection selection;
  selection.changed = {"a"};
  expect_full(selection, without(R"({"o.a":{"$exists":false}})"));
  selection.changed = {"a=5", "b=/x/"};
  expect_full(selection,
              without(R"({"o.a":{"$ne":5,"$not":{"$type":4}}},{"o.b":{"$exists":false}})"));
}

TEST(Pushdown, OnlyTheCertainPartsOfAQueryArePushedDown) {
  Selection selection;
  selection.ns = {"app.users"};
  selection.query = doc(R"({"o.a":{"$gt":5,"$lt":9},"o.b":null,"o.c":{"$regex":"^x"},"o.d":"y",
      "$or":[{"o.e":1},{"o.f":{"$type":"string"}}],"$nor":[{"o.g":{"$exists":true}}]})");
  expect_full(selection, either(R"({"ns":{"$in":["app.users","app.system.buckets.users"]},"$and":[
      {"o.a":{"$gt":5,"$lt":9},"o.d":"y","$nor":[{"o.g":{"$exists":true}}]}]})",
                                users));
  selection.query = doc(R"({"o.b":{"$ne":null}})");
  expect_full(selection,
              either(R"({"ns":{"$in":["app.users","app.system.buckets.users"]}})", users));
}

TEST(Pushdown, NoneIsEmpty) {
  Selection selection;
  selection.ns = {"app.users"};
  expect_filter(selection, PushdownLevel::none, "{}");
}

TEST(Pushdown, ABadPatternIsAUsageError) {
  Selection selection;
  selection.ns_exclude = {"app."};
  const auto filter = server_filter(selection, PushdownLevel::full);
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().cause, Cause::usage);
}

}  // namespace
}  // namespace mongotail::match

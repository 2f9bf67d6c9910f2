#include "state/state_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oplog/oplog_support.h"
#include "scripted_source.h"

namespace mongotail::state {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string entry(int second, std::string_view op, std::string_view o) {
  return R"({"ts":{"$timestamp":{"t":)" + std::to_string(second) +
         R"(,"i":1}},"t":{"$numberLong":"1"},"op":")" + std::string(op) +
         R"(","ns":"a.b","o2":{"_id":1},"o":)" + std::string(o) + "}";
}

const std::string insert_1 = entry(1, "i", R"({"_id":1,"a":1})");
const std::string update_2 = entry(2, "u", R"({"$v":1,"$set":{"b":2}})");
const std::string update_3 = entry(3, "u", R"({"$v":1,"$set":{"c":3}})");

// Two of its four operations are on the document.
constexpr std::string_view transaction_4 =
    R"({"ts":{"$timestamp":{"t":4,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("lsid":{},"txnNumber":{"$numberLong":"1"},"prevOpTime":{"ts":{"$timestamp":{"t":0,"i":0}},"t":{"$numberLong":"-1"}},)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":9}},{"op":"u","ns":"a.b","o2":{"_id":1},"o":{"$v":1,"$set":{"b":4}}},)"
    R"({"op":"d","ns":"a.b","o":{"_id":1}},{"op":"i","ns":"a.c","o":{"_id":1}}]}})";
// Its earlier part is gone.
constexpr std::string_view rest_of_transaction_5 =
    R"({"ts":{"$timestamp":{"t":5,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("lsid":{},"txnNumber":{"$numberLong":"1"},"prevOpTime":{"ts":{"$timestamp":{"t":4,"i":9}},"t":{"$numberLong":"1"}},)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.c","o":{"_id":9}}],"count":{"$numberLong":"2"}}})";

std::string state_in(bson::Document operation) {
  const auto state = operation.find("state");
  if (!state) return "none";
  const auto document = state->as_document();
  std::string text = document ? oplog::to_json(*document) : "null";
  if (const auto unknown = operation.find("stateUnknown")) {
    const auto paths = unknown->as_array().value_or(bson::Document());
    for (const bson::Element& path : paths) {
      text += " ? " + std::string(*path.as_text());
    }
  }
  return text;
}

class StateSourceTest : public ::testing::Test {
 protected:
  std::vector<oplog::Batch> read(std::unique_ptr<oplog::Source> entries,
                                 read::SelectOptions options = {}) {
    const auto id = oplog::doc(R"({"v":1})");
    StateSource source(std::move(entries), lookup_, state::Subject("a.b", id.view()),
                       state::Tracker(), std::move(options), reporter_);
    std::vector<oplog::Batch> batches;
    while (true) {
      auto batch = source.next();
      if (!batch) error_ = batch.error();
      if (!batch || !*batch) return batches;
      batches.push_back(**std::move(batch));
    }
  }

  static std::vector<std::string> states(const std::vector<oplog::Batch>& batches) {
    std::vector<std::string> found;
    for (const auto& batch : batches) {
      for (const bson::Document operation : batch.entries) found.push_back(state_in(operation));
    }
    return found;
  }

  NoLookup lookup_;
  RecordingReporter reporter_;
  std::optional<Error> error_;
};

TEST_F(StateSourceTest, EachOperationComesWithTheDocumentAfterIt) {
  EXPECT_THAT(states(read(script(batch_of({insert_1}), batch_of({update_2, update_3})))),
              ElementsAre(R"({ "_id" : 1, "a" : 1 })", R"({ "_id" : 1, "a" : 1, "b" : 2 })",
                          R"({ "_id" : 1, "a" : 1, "b" : 2, "c" : 3 })"));
}

TEST_F(StateSourceTest, OthersOperationsAreLeftOutButForATransactionsEnd) {
  const auto batches = read(script(batch_of({insert_1, transaction_4})));
  EXPECT_THAT(states(batches), ElementsAre(R"({ "_id" : 1, "a" : 1 })",
                                           R"({ "_id" : 1, "a" : 1, "b" : 4 })", "null", "none"));
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].unwound[1].index, 1);
  EXPECT_EQ(batches[0].unwound[3].index, 3);
  EXPECT_TRUE(batches[0].unwound[3].last);
  EXPECT_FALSE(batches[0].unwound[2].last);
}

TEST_F(StateSourceTest, WhatAnEarlierRunHasPrintedStillCounts) {
  read::SelectOptions options;
  options.resume_after = resume::Cursor{{{4, 1}, 1}, 1};
  EXPECT_THAT(states(read(script(batch_of({insert_1, update_2, transaction_4})), options)),
              ElementsAre("null", "none"));
}

TEST_F(StateSourceTest, AfterARollbackNothingIsKnownUntilTheNextInsert) {
  oplog::Batch back;
  back.rolled_back_to = oplog::OpTime{{1, 1}, 1};
  const auto batches =
      read(script(batch_of({insert_1, update_2}), back, batch_of({update_3, insert_1})));
  EXPECT_THAT(states(batches),
              ElementsAre(R"({ "_id" : 1, "a" : 1 })", R"({ "_id" : 1, "a" : 1, "b" : 2 })",
                          R"({ "_id" : 1, "c" : 3 } ? *)", R"({ "_id" : 1, "a" : 1 })"));
  EXPECT_TRUE(batches[1].rolled_back_to);
}

TEST_F(StateSourceTest, ATransactionWhosePartsAreLostMayHaveDoneAnything) {
  read::SelectOptions options;
  options.tolerate_lost_parts = true;
  EXPECT_THAT(states(read(script(batch_of({insert_1, rest_of_transaction_5, update_3})), options)),
              ElementsAre(R"({ "_id" : 1, "a" : 1 })", R"({ "_id" : 1, "c" : 3 } ? *)"));
  EXPECT_EQ(reporter_.warnings.size(), 1u);
  read(script(batch_of({insert_1, rest_of_transaction_5})));
  ASSERT_TRUE(error_);
  EXPECT_EQ(error_->cause, Cause::history_lost);
}

TEST_F(StateSourceTest, TheWatermarkComesOnceAllBeforeItHasCome) {
  const std::string large =
      entry(1, "i", R"({"_id":1,"text":")" + std::string(1u << 20, 'x') + "\"}");
  oplog::Batch batch = batch_of({large, update_2, update_3});
  batch.watermark = oplog::OpTime{{3, 1}, 1};
  const auto batches = read(script(batch));
  ASSERT_GE(batches.size(), 3u);
  EXPECT_TRUE(batches.back().watermark && batches.back().caught_up);
  for (std::size_t i = 0; i + 1 < batches.size(); ++i) {
    EXPECT_LE(batches[i].entries.size(), 1u);
    EXPECT_FALSE(batches[i].watermark || batches[i].caught_up);
  }
}

}  // namespace
}  // namespace mongotail::state

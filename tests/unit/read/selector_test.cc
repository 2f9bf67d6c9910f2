#include "read/selector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sample_entries.h"
#include "scripted_source.h"

namespace mongotail::read {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view insert_9 =
    R"({"ts":{"$timestamp":{"t":9,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":9}})";
// The end of a transaction whose first part was at 2:1.
constexpr std::string_view end_of_lost_5 =
    R"({"ts":{"$timestamp":{"t":5,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("lsid":{},"txnNumber":{"$numberLong":"2"},"prevOpTime":{"ts":{"$timestamp":{"t":2,"i":1}},"t":{"$numberLong":"1"}},)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":50}}]}})";

class SelectorTest : public ::testing::Test {
 protected:
  /// A word a step: `40` wanted, `(40)` skipped, `-` unwanted, `|` the end of an entry, `~` one
  /// that was cut short; at the end the error's text, if there is one.
  std::vector<std::string> steps(std::vector<oplog::Batch> batches, SelectOptions options = {}) {
    match::Selection selection;
    selection.ns = {"a.b"};
    const auto predicate = match::Predicate::make(selection);
    Selector selector(*predicate, *lookup_, options, reporter_);
    std::vector<std::string> words;
    for (const oplog::Batch& batch : batches) {
      selector.take(batch);
      Step step;
      for (;;) {
        const auto more = selector.next(step);
        if (!more) {
          words.push_back(more.error().what);
          return words;
        }
        if (!*more) break;
        words.push_back(word(step));
      }
    }
    return words;
  }

  template <typename... Batches>
  static std::vector<oplog::Batch> all(Batches... batches) {
    std::vector<oplog::Batch> list;
    (list.push_back(std::move(batches)), ...);
    return list;
  }

  NoLookup nothing_;
  RolledBackLookup rolled_back_;
  oplog::EntryLookup* lookup_ = &nothing_;
  RecordingReporter reports_;
  Reporter* reporter_ = &reports_;

 private:
  static std::string id(const oplog::Operation& operation) {
    const auto id = operation.entry.o.find("_id");
    return id && id->as_int32() ? std::to_string(*id->as_int32()) : "entry";
  }

  static std::string word(const Step& step) {
    switch (step.kind) {
      case Step::Kind::wanted:
        return id(step.operation);
      case Step::Kind::skipped:
        return "(" + id(step.operation) + ")";
      case Step::Kind::unwanted:
        return "-";
      case Step::Kind::entry_end:
        break;
    }
    const std::string end = step.cut_short ? "~" : "|";
    return step.passed ? end + std::to_string(step.passed->ts.seconds) : end;
  }
};

TEST_F(SelectorTest, OperationsAndTheEndsOfTheirEntriesComeInOrder) {
  EXPECT_THAT(steps(all(batch_of({insert_1, other_3}), batch_of({transaction_4}))),
              ElementsAre("1", "|1", "-", "|3", "40", "-", "42", "|4"));
}

TEST_F(SelectorTest, WhatMovesDocumentsBetweenShardsIsHiddenWhereThatIsWanted) {
  constexpr std::string_view copied =
      R"({"ts":{"$timestamp":{"t":2,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","fromMigrate":true,"o":{"_id":2}})";
  EXPECT_THAT(steps(all(batch_of({insert_1, copied}))), ElementsAre("1", "|1", "2", "|2"));
  SelectOptions hide;
  hide.hide_migrated = true;
  EXPECT_THAT(steps(all(batch_of({insert_1, copied})), hide), ElementsAre("1", "|1", "-", "|2"));
}

TEST_F(SelectorTest, RawEntriesComeWhole) {
  SelectOptions options;
  options.raw = true;
  EXPECT_THAT(steps(all(batch_of({insert_1, other_3, transaction_4})), options),
              ElementsAre("1", "|1", "-", "|3", "entry", "|4"));
}

TEST_F(SelectorTest, TheFirstMatchesAreSkippedAcrossBatchesAndNothingElseIsCounted) {
  SelectOptions options;
  options.skip = 2;
  EXPECT_THAT(steps(all(batch_of({other_3, insert_1}), batch_of({transaction_4})), options),
              ElementsAre("-", "|3", "(1)", "|1", "(40)", "-", "42", "|4"));
}

TEST_F(SelectorTest, WhatAnEarlierRunDealtWithIsNotWanted) {
  SelectOptions options;
  options.resume_after = resume::Cursor{{{4, 1}, 1}, 0};
  EXPECT_THAT(steps(all(batch_of({insert_1, transaction_4})), options),
              ElementsAre("-", "|1", "-", "-", "42", "|4"));
}

TEST_F(SelectorTest, ARollbackMakesAnotherHistoryInWhichNothingWasDealtWith) {
  SelectOptions options;
  options.resume_after = resume::Cursor{{{4, 1}, 1}, std::nullopt};
  oplog::Batch rolled_back = batch_of({transaction_4});
  rolled_back.rolled_back_to = oplog::OpTime{{1, 1}, 1};
  EXPECT_THAT(steps(all(std::move(rolled_back)), options), ElementsAre("40", "-", "42", "|4"));
}

TEST_F(SelectorTest, WhatIsUnwoundAlreadyPassesNoEntry) {
  oplog::Batch batch = batch_of({insert_1, other_3});
  batch.unwound = {{3, false, true}, {4, true, true}};
  EXPECT_THAT(steps(all(std::move(batch))), ElementsAre("1", "|", "-", "|"));
}

TEST_F(SelectorTest, ALostPartEndsTheStreamUnlessItIsTolerated) {
  EXPECT_THAT(steps(all(batch_of({end_of_lost_5, insert_9}))),
              ElementsAre(HasSubstr("its part at 2:1 (1970-01-01 00:00:02Z) is not in the oplog")));
  SelectOptions options;
  options.tolerate_lost_parts = true;
  EXPECT_THAT(steps(all(batch_of({end_of_lost_5, insert_9})), options),
              ElementsAre("~5", "9", "|9"));
  EXPECT_THAT(reports_.warnings,
              ElementsAre(HasSubstr("its part at 2:1 (1970-01-01 00:00:02Z) is not in the oplog")));
}

TEST_F(SelectorTest, ALostPartAndOneRolledBackAreToleratedEachForItself) {
  lookup_ = &rolled_back_;
  SelectOptions options;
  options.tolerate_lost_parts = true;
  EXPECT_THAT(steps(all(batch_of({end_of_lost_5})), options),
              ElementsAre("the set has gone on without it"));
  options.tolerate_lost_parts = false;
  options.tolerate_rolled_back_parts = true;
  EXPECT_THAT(steps(all(batch_of({end_of_lost_5})), options), ElementsAre("~5"));
}

TEST_F(SelectorTest, WithoutAReporterWhatIsToleratedIsPassedInSilence) {
  reporter_ = nullptr;
  SelectOptions options;
  options.tolerate_lost_parts = true;
  EXPECT_THAT(steps(all(batch_of({end_of_lost_5})), options), ElementsAre("~5"));
  EXPECT_THAT(reports_.warnings, IsEmpty());
}

TEST_F(SelectorTest, DamageIsSaidWithItsPlaceInTheFileAndSkippedWhereThatIsWanted) {
  // It names a part that comes after it.
  constexpr std::string_view damaged =
      R"({"ts":{"$timestamp":{"t":5,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
      R"("lsid":{},"txnNumber":{"$numberLong":"2"},"prevOpTime":{"ts":{"$timestamp":{"t":8,"i":1}},"t":{"$numberLong":"1"}},)"
      R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":50}}]}})";
  const auto from_file = [&] {
    oplog::Batch batch = batch_of({damaged, insert_9});
    batch.origin = oplog::Origin{"saved.bson", batch.entries.front().bytes().data(), 700};
    return batch;
  };
  EXPECT_THAT(steps(all(batch_of({damaged}))),
              ElementsAre(HasSubstr("the entry at 5:1 (1970-01-01 00:00:05Z) is damaged")));
  EXPECT_THAT(steps(all(from_file())),
              ElementsAre(HasSubstr(
                  "saved.bson, byte 700: the entry at 5:1 (1970-01-01 00:00:05Z) is damaged")));
  SelectOptions options;
  options.skip_damaged = true;
  EXPECT_THAT(steps(all(from_file()), options), ElementsAre("~5", "9", "|9"));
  EXPECT_THAT(reports_.warnings, ElementsAre(HasSubstr("saved.bson, byte 700: the entry at 5:1")));
}

TEST_F(SelectorTest, AnOperationThatWasPrintedIsNotAWholeEntryAndKeepsItsIndex) {
  const auto printed = [](int index) {
    return fmt::format(
        R"({{"op":"i","ns":"a.b","o":{{"_id":4{0}}},"ts":{{"$timestamp":{{"t":4,"i":1}}}},"t":1,"lsid":{{}},)"
        R"("txnNumber":1,"txnOpIndex":{0}}})",
        index);
  };
  const std::string first = printed(0);
  const std::string second = printed(1);
  const std::string third = printed(2);
  const auto batch = [&] { return batch_of({first, second, third, insert_9}); };
  EXPECT_THAT(steps(all(batch())), ElementsAre("40", "|", "41", "|", "42", "|", "9", "|9"));
  SelectOptions options;
  options.resume_after = resume::Cursor{{{4, 1}, 1}, 1};
  EXPECT_THAT(steps(all(batch()), options), ElementsAre("-", "|", "-", "|", "42", "|", "9", "|9"));

  const oplog::Batch one = batch_of({second});
  const auto everything = match::Predicate::make({});
  Selector selector(*everything, nothing_, {}, &reports_);
  selector.take(one);
  Step step;
  ASSERT_TRUE(selector.next(step));
  EXPECT_EQ(step.operation.index, 1);
  EXPECT_TRUE(step.operation.transaction);
  EXPECT_FALSE(step.operation.last);
}

TEST_F(SelectorTest, WhatCantBeReadOfAnEntryIsCountedAtItsEndOrWhereItIsLeft) {
  constexpr std::string_view half =
      R"({"ts":{"$timestamp":{"t":4,"i":1}},"op":"c","ns":"admin.$cmd","o":{"applyOps":[)"
      R"({"op":"i","ns":"a.b","o":{"_id":40}},7,{"op":"i","ns":"a.b","o":{"_id":42}}]}})";
  SelectOptions options;
  options.skip_damaged = true;
  EXPECT_THAT(steps(all(batch_of({half})), options), ElementsAre("40", "42", "|4"));
  EXPECT_THAT(reports_.warnings, ElementsAre(HasSubstr("one operation was left out")));

  const oplog::Batch batch = batch_of({half});
  const auto everything = match::Predicate::make({});
  Selector selector(*everything, nothing_, options, &reports_);
  selector.take(batch);
  Step step;
  ASSERT_TRUE(selector.next(step));
  selector.leave_entry();
  EXPECT_EQ(reports_.warnings.size(), 2u);
}

TEST_F(SelectorTest, AQueryThatTakesTooLongIsAnErrorAfterTheTimeThatIsGiven) {
  match::Selection selection;
  selection.query = bson::parse_document(R"({"o.text":{"$regex":"(a+)+(a+)+(a+)+$"}})").value();
  const auto predicate = match::Predicate::make(selection);
  SelectOptions options;
  options.longest_evaluation = std::chrono::milliseconds(5);
  Selector selector(*predicate, nothing_, options);
  const oplog::Batch batch = batch_of({fmt::format(
      R"({{"ts":{{"$timestamp":{{"t":1,"i":1}}}},"op":"i","ns":"a.b","o":{{"text":"{}b"}}}})",
      std::string(4000, 'a'))});
  selector.take(batch);
  Step step;
  const auto more = selector.next(step);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().cause, Cause::too_costly);
}

}  // namespace
}  // namespace mongotail::read

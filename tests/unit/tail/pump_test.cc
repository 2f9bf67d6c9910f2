#include "tail/pump.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sample_entries.h"
#include "scripted_source.h"
#include "tail/read_ahead.h"

namespace mongotail::tail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What can't be formatted: the field inside of `o` has a type that BSON does not know.
bson::OwnedDocument broken_3() {
  const auto good = bson::parse_document(
      R"({"ts":{"$timestamp":{"t":3,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":true}})");
  std::vector<std::uint8_t> bytes(good->view().bytes().begin(), good->view().bytes().end());
  *(bytes.end() - 8) = 0x66;  // before `_id`, its NUL, the value and two closing NULs
  return bson::OwnedDocument(*bson::Document::from(bytes));
}

/// With operations formatted on the pump's thread alone, and on a helper too.
class PumpTest : public ::testing::TestWithParam<bool> {
 protected:
  static output::FormatOptions ids() {
    output::FormatOptions format;
    format.format = output::Format::text;
    format.text_template = "{id}";
    return format;
  }

  Status run(std::unique_ptr<oplog::Source> source, Pump::Options options = {},
             output::FormatOptions format = ids()) {
    match::Selection selection;
    selection.ns = {"a.b"};
    const auto predicate = match::Predicate::make(selection);
    auto formatter = output::Formatter::make(format);
    auto helper = output::Formatter::make(format);
    ReadAhead input(std::move(source), {});
    Pump pump(options,
              {*predicate, lookup_, *formatter, GetParam() ? &*helper : nullptr, format, window_,
               sink_, display_, checkpointer_, reporter_},
              {});
    return pump.run(input);
  }

  std::string position() const {
    const auto positions = checkpointer_.positions();
    return positions.empty() ? "none" : to_string(positions);
  }

  terminal::TerminalWindow window_{-1, 0};
  terminal::StatusArea no_status_;
  terminal::Display display_{{}, {}, true, no_status_};
  NoLookup lookup_;
  RecordingSink sink_;
  RecordingReporter reporter_;
  Checkpointer checkpointer_;
};

INSTANTIATE_TEST_SUITE_P(Formatting, PumpTest, ::testing::Bool(), [](const auto& with_helper) {
  return with_helper.param ? "OnTwoThreads" : "OnOneThread";
});

TEST_P(PumpTest, PrintsWhatIsSelectedInOrder) {
  ASSERT_TRUE(run(script(batch_of({insert_1, other_3}), batch_of({transaction_4}))));
  EXPECT_EQ(sink_.text, "1\n40\n42\n");
}

TEST_P(PumpTest, TheCursorMovesPastWhatIsNotSelected) {
  ASSERT_TRUE(run(script(batch_of({insert_1, insert_2, other_3}))));
  EXPECT_EQ(position(), "3:1@1");
}

TEST_P(PumpTest, TheCursorMovesWithTheWatermarkAlone) {
  oplog::Batch batch;
  batch.watermark = oplog::OpTime{{9, 9}, 2};
  ASSERT_TRUE(run(script(batch_of({insert_1}), std::move(batch))));
  EXPECT_EQ(position(), "9:9@2");
}

TEST_P(PumpTest, ALimitInsideATransactionLeavesTheCursorInside) {
  Pump::Options options;
  options.limit = 2;
  ASSERT_TRUE(run(script(batch_of({insert_1, transaction_4, insert_2})), options));
  EXPECT_EQ(sink_.text, "1\n40\n");
  EXPECT_EQ(position(), "4:1@1#0");
}

TEST_P(PumpTest, ALimitInTheLastEntryOfABatchKeepsTheCursorBeforeItsWatermark) {
  Pump::Options options;
  options.limit = 2;
  oplog::Batch batch = batch_of({insert_1, transaction_4});
  batch.watermark = oplog::OpTime{{4, 1}, 1};
  ASSERT_TRUE(run(script(std::move(batch)), options));
  EXPECT_EQ(position(), "4:1@1#0");
}

TEST_P(PumpTest, OnlyTheLastLinesOfWhatIsThereAreHeld) {
  Pump::Options options;
  options.last = 2;
  ASSERT_TRUE(
      run(script(batch_of({insert_1, transaction_4}, true), batch_of({insert_2})), options));
  EXPECT_EQ(sink_.text, "40\n42\n2\n");
}

TEST_P(PumpTest, TheLimitCountsFromTheFirstOfTheLastLines) {
  Pump::Options options;
  options.last = 2;
  options.limit = 1;
  ASSERT_TRUE(run(script(batch_of({insert_1, transaction_4}, false)), options));
  EXPECT_EQ(sink_.text, "40\n");
  EXPECT_EQ(position(), "4:1@1#0");
}

TEST_P(PumpTest, WhatIsUnwoundAlreadyKeepsItsPlaceInTheCursor) {
  oplog::Batch batch = batch_of({insert_1, other_3, insert_2});
  batch.unwound = {{}, {}, {4, false, true}};
  ASSERT_TRUE(run(script(std::move(batch))));
  EXPECT_EQ(sink_.text, "1\n2\n");
  EXPECT_EQ(position(), "2:1@1#4");
}

TEST_P(PumpTest, ASummaryIsPrintedOnceAtTheEndAndTheCursorWithIt) {
  Pump::Options options;
  options.summarize = Pump::Options::Summarize::as_json;
  ASSERT_TRUE(run(script(batch_of({insert_1, transaction_4}), batch_of({insert_2})), options));
  EXPECT_THAT(sink_.text, testing::StartsWith(R"({"ns":"a.b","op":"i","count":4,"bytes":)"));
  EXPECT_EQ(sink_.writes, 1);
  EXPECT_EQ(position(), "2:1@1");
}

TEST_P(PumpTest, ASummaryOfTheLastOperationsCountsOnlyThose) {
  Pump::Options options;
  options.summarize = Pump::Options::Summarize::as_json;
  options.last = 2;
  ASSERT_TRUE(run(script(batch_of({insert_1, transaction_4}, false)), options));
  EXPECT_THAT(sink_.text, testing::HasSubstr(R"("count":2,)"));
}

TEST_P(PumpTest, ASummaryByFieldOfTheLastOperationsCountsOnlyThose) {
  constexpr std::string_view update_5 =
      R"({"ts":{"$timestamp":{"t":5,"i":1}},"t":{"$numberLong":"1"},"op":"u","ns":"a.b","o2":{"_id":1},)"
      R"("o":{"$v":2,"diff":{"u":{"n":1},"i":{"m":1}}}})";
  Pump::Options options;
  options.summarize = Pump::Options::Summarize::as_json;
  options.summary.keys = {output::SummaryKey::field};
  options.last = 2;
  ASSERT_TRUE(run(script(batch_of({insert_1, insert_2, update_5}, false)), options));
  for (const char* field : {"null", R"("n")", R"("m")"}) {
    EXPECT_THAT(sink_.text, testing::HasSubstr(fmt::format(R"("field":{},"count":1,)", field)));
  }
}

TEST_P(PumpTest, ACursorInsideATransactionResumesWithTheNextOperation) {
  Pump::Options options;
  options.select.resume_after = resume::Cursor{{{4, 1}, 1}, 0};
  ASSERT_TRUE(run(script(batch_of({transaction_4})), options));
  EXPECT_EQ(sink_.text, "42\n");
  EXPECT_EQ(position(), "4:1@1");
}

TEST_P(PumpTest, ALimitOfNoneReadsNothing) {
  Pump::Options options;
  options.limit = 0;
  ASSERT_TRUE(run(script(batch_of({insert_1})), options));
  EXPECT_EQ(sink_.text, "");
}

TEST_P(PumpTest, SkippedMatchesDoNotCountForTheLimit) {
  Pump::Options options;
  options.select.skip = 1;
  options.limit = 1;
  ASSERT_TRUE(run(script(batch_of({insert_1, insert_2, transaction_4})), options));
  EXPECT_EQ(sink_.text, "2\n");
}

TEST_P(PumpTest, RawPrintsTheEntryThatHoldsASelectedOperationAndCountsEntries) {
  Pump::Options options;
  options.select.raw = true;
  options.limit = 1;
  ASSERT_TRUE(run(script(batch_of({other_3, transaction_4, insert_1})), options));
  EXPECT_EQ(sink_.text, "\n") << "a command has no _id";
  EXPECT_EQ(position(), "4:1@1");
}

TEST_P(PumpTest, WhatANewerServerMightWriteIsPrintedAndTheStreamContinues) {
  constexpr std::string_view place =
      R"({"ts":{"$timestamp":{"t":1,"i":1}},"t":{"$numberLong":"1"},)";
  std::vector<std::string> entries;
  for (const std::string_view rest :
       {R"("op":"xi","ns":"a.b","o":{"_id":10}})", R"("op":"","ns":"a.b","o":{"_id":11}})",
        R"("op":"c","ns":"a.$cmd","o":{"shineEverything":"b"}})",
        R"("op":"u","ns":"a.b","o":{"$v":{"$numberInt":"9"},"_id":12},"o2":{"_id":13}})",
        R"("op":"c","ns":"a.$cmd","o":{"applyOps":[{"op":"zz","ns":"a.b","o":{"_id":14}}]}})"}) {
    entries.push_back(std::string(place).append(rest));
  }
  oplog::Batch batch =
      batch_of({entries[0], entries[1], entries[2], entries[3], entries[4], insert_2});
  ASSERT_TRUE(run(script(std::move(batch))));
  EXPECT_EQ(sink_.text, "\n\n\n13\n\n2\n") << "an _id is known of inserts, updates and deletes";
  EXPECT_THAT(reporter_.warnings, ElementsAre());
}

TEST_P(PumpTest, AFailureOfTheInputComesAfterTheLinesBeforeIt) {
  const Status status =
      run(script(batch_of({insert_1}, false), fail(Cause::history_lost, "it is gone")));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::history_lost);
  EXPECT_EQ(sink_.text, "1\n");
  EXPECT_EQ(position(), "1:1@1");
}

TEST_P(PumpTest, TheCursorDoesNotMovePastWhatCouldNotBeWritten) {
  sink_.failure = Error{Cause::output, "disk full", ""};
  const Status status = run(script(batch_of({insert_1, insert_2})));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::output);
  EXPECT_EQ(position(), "none");
}

TEST_P(PumpTest, ManyLinesMakeFewWrites) {
  std::deque<ScriptedSource::Item> items;
  for (int i = 0; i < 10'000; ++i) items.push_back(batch_of({insert_1}, false));
  ASSERT_TRUE(run(std::make_unique<ScriptedSource>(std::move(items))));
  EXPECT_EQ(sink_.text.size(), 20'000u);
  EXPECT_LT(sink_.writes, 1000);
}

TEST_P(PumpTest, LinesOfManyBlocksComeInOrder) {
  std::deque<ScriptedSource::Item> items;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 7 * 300), 'x');
    const std::string entry = fmt::format(
        R"({{"ts":{{"$timestamp":{{"t":5,"i":{}}}}},"op":"i","ns":"a.b","o":{{"_id":{},"x":"{}"}}}})",
        i, i, text);
    items.push_back(batch_of({entry, transaction_4}, i % 100 == 0));
    expected += fmt::format("{}\n40\n42\n", i);
  }
  ASSERT_TRUE(run(std::make_unique<ScriptedSource>(std::move(items))));
  EXPECT_EQ(sink_.text, expected);
}

TEST_P(PumpTest, WhatCantBeFormattedEndsTheOutputAfterTheLinesBeforeIt) {
  const bson::OwnedDocument broken = broken_3();
  oplog::Batch batch = batch_of({insert_1, insert_2});
  batch.entries.push_back(broken.view());
  batch.entries.push_back(batch.entries.front());
  output::FormatOptions json;
  const Status status = run(script(std::move(batch), fail(Cause::connection, "gone")), {}, json);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::damaged);
  EXPECT_EQ(std::ranges::count(sink_.text, '\n'), 2);
  EXPECT_EQ(position(), "2:1@1");
}

TEST_P(PumpTest, ARollbackSaysHowManyLinesAreVoidAndFromWhere) {
  Pump::Options options;
  options.may_roll_back = true;
  oplog::Batch back;
  back.rolled_back_to = oplog::OpTime{{1, 1}, 1};
  ASSERT_TRUE(run(script(batch_of({insert_1, insert_2, other_3, transaction_4}), std::move(back),
                         batch_of({insert_2})),
                  options));
  EXPECT_EQ(sink_.text, "1\n2\n40\n42\n2\n");
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("3 printed operations are void")));
  EXPECT_THAT(reporter_.warnings.front(),
              HasSubstr("from 2:1 (1970-01-01 00:00:02Z) on; continuing after 1:1 (1970"));
}

TEST_P(PumpTest, ATransactionWithoutItsBeginIsLostHistoryUnlessTolerated) {
  const std::string terminal =
      R"({"ts":{"$timestamp":{"t":5,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
      R"("prevOpTime":{"ts":{"$timestamp":{"t":4,"i":9}},"t":{"$numberLong":"1"}},)"
      R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":50}}],"count":{"$numberLong":"2"}}})";
  const Status status = run(script(batch_of({terminal})));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().cause, Cause::history_lost);

  Pump::Options options;
  options.select.tolerate_lost_parts = true;
  ASSERT_TRUE(run(script(batch_of({terminal, insert_2})), options));
  EXPECT_EQ(sink_.text, "2\n");
  EXPECT_EQ(reporter_.warnings.size(), 1u);
}

/// Two sources, as a merged stream hands them out.
class TwoSources : public PumpTest {
 protected:
  Status run_two(std::unique_ptr<oplog::Source> merged, Pump::Options options = {},
                 const char* text_template = "{shard}:{id}") {
    match::Selection selection;
    selection.ns = {"a.b"};
    const auto predicate = match::Predicate::make(selection);
    auto format = ids();
    format.text_template = text_template;
    format.sources = {"x", "y"};
    auto formatter = output::Formatter::make(format);
    auto helper = output::Formatter::make(format);
    checkpointer_.add_source("x");
    checkpointer_.add_source("y");
    ReadAhead input(std::move(merged), {});
    Pump pump(options,
              {*predicate, lookup_, *formatter, GetParam() ? &*helper : nullptr, format, window_,
               sink_, display_, checkpointer_, reporter_},
              {});
    pump.add_source({"x", {}, resume::Cursor{{{0, 0}, oplog::OpTime::no_term}, {}}}, lookup_);
    pump.add_source({"y", {}, std::nullopt}, lookup_);
    return pump.run(input);
  }

  static oplog::Batch of(std::size_t source, std::initializer_list<std::string_view> entries) {
    auto batch = batch_of(entries, false);
    batch.source = source;
    return batch;
  }
};

INSTANTIATE_TEST_SUITE_P(Formatting, TwoSources, ::testing::Bool(), [](const auto& with_helper) {
  return with_helper.param ? "OnTwoThreads" : "OnOneThread";
});

TEST_P(TwoSources, EachHasItsNameAndItsCursor) {
  ASSERT_TRUE(
      run_two(script(of(0, {insert_1}), of(1, {insert_2, transaction_4}), of(0, {other_3}))));
  EXPECT_EQ(sink_.text, "x:1\ny:2\ny:40\ny:42\n");
  EXPECT_EQ(position(), "x=3:1@1,y=4:1@1");
}

TEST_P(TwoSources, ALinesCursorIsWhereAllOfThemResume) {
  ASSERT_TRUE(
      run_two(script(of(1, {insert_2}), of(0, {other_3}), of(1, {transaction_4})), {}, "{cursor}"));
  // An entry that is not printed may be read again.
  EXPECT_THAT(sink_.text, ::testing::MatchesRegex("x=0:0,y=2:1@1\n"
                                                  "x=(0:0|3:1@1),y=4:1@1#0\n"
                                                  "x=(0:0|3:1@1),y=4:1@1\n"));
}

TEST_P(TwoSources, TheCursorOfALineThatWasHeldIsBeforeThoseThatFollow) {
  Pump::Options options;
  options.last = 2;
  auto all = of(1, {transaction_4});
  all.caught_up = true;
  ASSERT_TRUE(
      run_two(script(of(0, {insert_1}), of(1, {insert_2}), std::move(all)), options, "{cursor}"));
  EXPECT_EQ(sink_.text, "x=1:1@1,y=4:1@1#0\nx=1:1@1,y=4:1@1\n");
}

TEST_P(TwoSources, ASummaryCanBeByThem) {
  Pump::Options options;
  options.summarize = Pump::Options::Summarize::as_json;
  options.summary.keys = {output::SummaryKey::shard};
  ASSERT_TRUE(run_two(script(of(0, {insert_1}), of(1, {insert_2, transaction_4})), options));
  EXPECT_THAT(sink_.text, ::testing::HasSubstr("{\"shard\":\"x\",\"count\":1,"));
  EXPECT_THAT(sink_.text, ::testing::HasSubstr("{\"shard\":\"y\",\"count\":3,"));
}

TEST_P(TwoSources, ALimitLeavesEachCursorBehindItsLastOperation) {
  Pump::Options options;
  options.limit = 3;
  ASSERT_TRUE(run_two(script(of(0, {insert_1}), of(1, {insert_2, transaction_4}), of(0, {other_3})),
                      options));
  EXPECT_EQ(position(), "x=1:1@1,y=4:1@1#0");
}

TEST_P(TwoSources, TheLastLinesAreThoseOfBoth) {
  Pump::Options options;
  options.last = 3;
  ASSERT_TRUE(run_two(script(of(0, {insert_1}), of(1, {insert_2, transaction_4})), options));
  EXPECT_EQ(sink_.text, "y:2\ny:40\ny:42\n");
}

TEST_P(TwoSources, ALimitAmongTheLastLinesKeepsTheCursorsBeforeTheRest) {
  Pump::Options options;
  options.last = 5;
  options.limit = 2;
  ASSERT_TRUE(run_two(
      script(of(0, {insert_1}), of(1, {transaction_4, insert_2}), of(0, {insert_2})), options));
  EXPECT_EQ(sink_.text, "x:1\ny:40\n");
  EXPECT_EQ(position(), "x=1:1@1,y=4:1@1#0");
}

TEST_P(TwoSources, ARollbackVoidsTheLinesOfItsSourceAlone) {
  Pump::Options options;
  options.may_roll_back = true;
  oplog::Batch back;
  back.source = 0;
  back.rolled_back_to = oplog::OpTime{{1, 1}, 1};
  ASSERT_TRUE(run_two(script(of(0, {insert_1, insert_2}), of(1, {transaction_4}), std::move(back)),
                      options));
  EXPECT_THAT(reporter_.warnings, ElementsAre(HasSubstr("1 printed operations are void")));
  EXPECT_EQ(position(), "x=1:1@1,y=4:1@1");
}

}  // namespace
}  // namespace mongotail::tail

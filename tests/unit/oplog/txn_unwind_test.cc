#include "oplog/txn_unwind.h"

#include <gmock/gmock.h>

#include "oplog/oplog_support.h"
#include "oplog/txn_meta.h"
#include "oplog/txn_parts.h"

namespace mongotail::oplog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// An entry with op "c"; `prev` is an ordinal in second 9, 0 for null, -1 for no prevOpTime at all.
bson::OwnedDocument command(int ordinal, std::string_view o, int prev, int txn = 5,
                            std::string_view more = "") {
  std::string json = R"({"op":"c","ns":"admin.$cmd",)" + std::string(more) + R"("o":)" +
                     std::string(o) + R"(,"ts":{"$timestamp":{"t":9,"i":)" +
                     std::to_string(ordinal) +
                     R"(}},"t":{"$numberLong":"1"},"v":{"$numberLong":"2"})";
  if (txn >= 0) {
    json += R"(,"lsid":{"id":"s"},"txnNumber":{"$numberLong":")" + std::to_string(txn) + R"("})";
  }
  if (prev >= 0) {
    json += prev == 0
                ? R"(,"prevOpTime":{"ts":{"$timestamp":{"t":0,"i":0}},"t":{"$numberLong":"-1"}})"
                : R"(,"prevOpTime":{"ts":{"$timestamp":{"t":9,"i":)" + std::to_string(prev) +
                      R"(}},"t":{"$numberLong":"1"}})";
  }
  return doc(json + "}");
}

std::string insert(int id) {
  return R"({"op":"i","ns":"a.b","o":{"_id":)" + std::to_string(id) + "}}";
}

// `{applyOps: [inserts of those ids], more}`
std::string ops(std::initializer_list<int> ids, std::string_view more = "") {
  std::string json = R"({"applyOps":[)";
  for (const int id : ids) json += (json.back() == '[' ? "" : ",") + insert(id);
  return json + "]" + std::string(more) + "}";
}

constexpr std::string_view partial = R"(,"partialTxn":true)";
constexpr std::string_view prepare = R"(,"prepare":true)";

std::vector<std::string> ids_of(const std::vector<SeenOperation>& seen) {
  std::vector<std::string> ids;
  for (const auto& operation : seen) {
    const auto o = operation.document.view().find("o");
    const auto id = o ? o->as_document()->find("_id") : std::nullopt;
    ids.push_back((id ? std::to_string(id->as_integer().value_or(-1)) : "-") + "@" +
                  to_string(operation.optime.ts) + "#" + std::to_string(operation.index) +
                  (operation.last ? "." : ""));
  }
  return ids;
}

class Unwinding : public testing::TestWithParam<std::size_t> {
 protected:
  // What the entries come to, with all of them in the lookup.
  std::vector<SeenOperation> unwind(std::vector<bson::OwnedDocument> entries) {
    for (const auto& entry : entries) oplog_.add(entry);
    TxnUnwind unwind(oplog_, GetParam());
    return unwind_all(unwind, entries);
  }

  MemoryOplog oplog_;
};

INSTANTIATE_TEST_SUITE_P(KeptBytes, Unwinding, testing::Values(0, 300, 1u << 20));

TEST_P(Unwinding, APlainEntryIsOneOperationOfItsOwn) {
  const auto entry = doc(
      R"({"op":"i","ns":"a.b","o":{"_id":1},"ts":{"$timestamp":{"t":9,"i":1}},"t":{"$numberLong":"3"}})");
  const auto seen = unwind({entry});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].json(), to_json(entry.view()));
  EXPECT_EQ(seen[0].optime, (OpTime{{9, 1}, 3}));
  EXPECT_EQ(seen[0].index, Operation::no_index);
  EXPECT_TRUE(seen[0].last);
  EXPECT_FALSE(seen[0].transaction);
}

TEST_P(Unwinding, ASmallTransactionIsItsOperationsWithTheFieldsOfTheEntry) {
  const auto seen =
      unwind({command(4, ops({1, 2}), 0, 7, R"("wall":{"$date":"2026-01-01T00:00:00Z"},)")});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:4#0", "2@9:4#1."));
  EXPECT_TRUE(seen[0].transaction);
  const auto expected = doc(
      R"({"op":"i","ns":"a.b","o":{"_id":2},"ts":{"$timestamp":{"t":9,"i":4}},"t":{"$numberLong":"1"},
          "v":{"$numberLong":"2"},"wall":{"$date":"2026-01-01T00:00:00Z"},"lsid":{"id":"s"},
          "txnNumber":{"$numberLong":"7"},"txnOpIndex":1})");
  EXPECT_EQ(seen[1].json(), to_json(expected.view()));
}

TEST_P(Unwinding, FieldsThatAnInnerOperationHasAreNotTakenOver) {
  const auto seen = unwind({command(
      4,
      R"({"applyOps":[{"ts":{"$timestamp":{"t":1,"i":1}},"op":"i","v":7,"ns":"a.b","o":{"_id":1}}]})",
      0)});
  ASSERT_EQ(seen.size(), 1u);
  const auto expected = doc(
      R"({"ts":{"$timestamp":{"t":1,"i":1}},"op":"i","v":7,"ns":"a.b","o":{"_id":1},"t":{"$numberLong":"1"},
          "lsid":{"id":"s"},"txnNumber":{"$numberLong":"5"},"txnOpIndex":0})");
  EXPECT_EQ(seen[0].json(), to_json(expected.view()));
  EXPECT_EQ(seen[0].optime.ts, (bson::Timestamp{9, 4}));
}

TEST_P(Unwinding, AnUnpreparedChainComesOutAtItsLastPart) {
  const auto seen = unwind({command(1, ops({1, 2}, partial), 0), command(2, ops({3}, partial), 1),
                            command(4, ops({4}, R"(,"count":4)"), 2)});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:4#0", "2@9:4#1", "3@9:4#2", "4@9:4#3."));
}

TEST_P(Unwinding, APreparedTransactionComesOutAtItsCommit) {
  const auto seen = unwind({command(1, ops({1}, prepare), 0), command(2, ops({7}), 0, 6),
                            command(3, R"({"commitTransaction":1})", 1)});
  EXPECT_THAT(ids_of(seen), ElementsAre("7@9:2#0.", "1@9:3#0."));
}

TEST_P(Unwinding, ALargePreparedTransactionComesOutAtItsCommit) {
  const auto seen =
      unwind({command(1, ops({1, 2}, partial), 0), command(2, ops({}, partial), 1),
              command(3, ops({3}, prepare), 2), command(5, R"({"commitTransaction":1})", 3)});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:5#0", "2@9:5#1", "3@9:5#2."));
}

TEST_P(Unwinding, ALastPartWithoutOperationsLeavesTheOneBeforeLast) {
  const auto seen = unwind({command(1, ops({1}, partial), 0), command(2, ops({}), 1)});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:2#0."));
}

TEST_P(Unwinding, AbortedAndEmptyTransactionsAreNothing) {
  EXPECT_THAT(
      unwind({command(1, ops({1, 2}, partial), 0), command(2, ops({3}, prepare), 1),
              command(3, R"({"abortTransaction":1})", 2), command(4, ops({}, prepare), 0, 6),
              command(5, R"({"commitTransaction":1})", 4, 6), command(6, ops({}), 0, 7),
              command(7, R"({"applyOps":[]})", -1, -1)}),
      IsEmpty());
}

TEST_P(Unwinding, PartsOfTwoTransactionsMayInterleave) {
  const auto seen =
      unwind({command(1, ops({1}, partial), 0, 1), command(2, ops({11}, partial), 0, 2),
              command(3, ops({2}, partial), 1, 1), command(4, ops({12}), 2, 2),
              command(5, ops({3}), 3, 1)});
  EXPECT_THAT(ids_of(seen), ElementsAre("11@9:4#0", "12@9:4#1.", "1@9:5#0", "2@9:5#1", "3@9:5#2."));
}

TEST_P(Unwinding, ChainsNeedNoSession) {
  // Large batched writes may be logged so (8.0; by hand after the sources).
  const auto seen = unwind({command(1, ops({1}, partial), 0, -1), command(2, ops({2}), 1, -1)});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:2#0", "2@9:2#1."));
  EXPECT_FALSE(seen[0].transaction);
}

TEST_P(Unwinding, ARetryableBatchNeverLooksBack) {
  // multiOpType 1 is of 8.0 (by hand after the sources): prevOpTime is the statement before.
  const auto seen = unwind({command(9, ops({1, 2}), 3, 5, R"("multiOpType":1,)")});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:9#0", "2@9:9#1."));
  EXPECT_FALSE(seen[0].transaction);
  EXPECT_EQ(oplog_.lookups, 0);
}

TEST_P(Unwinding, AnEntryBeforeThatIsNotPartEndsTheChain) {
  oplog_.add(command(3, ops({7}), 0));
  EXPECT_THAT(ids_of(unwind({command(9, ops({1}), 3)})), ElementsAre("1@9:9#0."));
}

TEST_P(Unwinding, NestedApplyOpsAreFlattenedInOrderAndCounted) {
  const std::string nested = R"({"op":"c","ns":"admin.$cmd","o":)" + ops({2, 3}) + "}";
  const std::string deeper =
      R"({"op":"c","ns":"admin.$cmd","o":{"applyOps":[)" + nested + "," + insert(4) + "]}}";
  const auto seen = unwind({command(
      1, R"({"applyOps":[)" + insert(1) + "," + deeper + "," + insert(5) + R"(],"lsid":{}})", -1,
      -1)});
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:1#0", "2@9:1#1", "3@9:1#2", "4@9:1#3", "5@9:1#4."));
  EXPECT_FALSE(seen[0].transaction);
}

TEST_P(Unwinding, UnknownCommandsAndBareDocumentsInsideAreOperations) {
  const auto seen = unwind({command(
      1,
      R"({"applyOps":[{"op":"c","ns":"a.$cmd","o":{"newCommand":1}},{},{"op":5,"o":"x"},{"op":"zz"}]})",
      0)});
  EXPECT_EQ(seen.size(), 4u);
  EXPECT_TRUE(seen[3].last);
}

TEST_P(Unwinding, AMissingPartIsLostHistoryAndNamesBothTimes) {
  MemoryOplog oplog;
  TxnUnwind unwind(oplog, GetParam());
  std::vector<SeenOperation> seen;
  const Status fed = feed_one(unwind, command(4, ops({4}), 2), seen);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().cause, Cause::history_lost);
  EXPECT_THAT(fed.error().what, HasSubstr("9:4"));
  EXPECT_THAT(fed.error().what, HasSubstr("9:2"));
  EXPECT_THAT(fed.error().hint, HasSubstr("--since"));
  EXPECT_THAT(seen, IsEmpty());
  // The next entry is not touched by it.
  EXPECT_TRUE(feed_one(unwind, command(5, ops({5}), 0), seen));
  EXPECT_THAT(ids_of(seen), ElementsAre("5@9:5#0."));
}

TEST_P(Unwinding, APartThatTheLookupLosesLaterIsLostHistoryToo) {
  const std::vector<bson::OwnedDocument> entries = {
      command(1, ops({1}, partial), 0), command(2, ops({2}, partial), 1), command(3, ops({3}), 2)};
  MemoryOplog oplog;
  TxnUnwind unwind(oplog, 0);
  std::vector<SeenOperation> seen;
  ASSERT_TRUE(feed_one(unwind, entries[0], seen));
  ASSERT_TRUE(feed_one(unwind, entries[1], seen));
  oplog.add(entries[0]);
  const Status fed = feed_one(unwind, entries[2], seen);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().cause, Cause::history_lost);
  // What had been found is handed out first, and is not taken for the last.
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:3#0"));
}

TEST_P(Unwinding, AFailingLookupIsPassedOnAndTheEntryMayBeFedAgain) {
  const std::vector<bson::OwnedDocument> entries = {command(1, ops({1}, partial), 0),
                                                    command(2, ops({2}), 1)};
  MemoryOplog oplog(entries);
  TxnUnwind unwind(oplog, GetParam());
  std::vector<SeenOperation> seen;
  oplog.failure = Error{Cause::connection, "gone", ""};
  Status fed = feed_one(unwind, entries[1], seen);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().cause, Cause::connection);
  oplog.failure.reset();
  fed = feed_one(unwind, entries[1], seen);
  EXPECT_TRUE(fed);
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:2#0", "2@9:2#1."));
}

TEST_P(Unwinding, AChainThatLeadsForwardOrInCirclesIsDamage) {
  for (const int prev : {9, 12}) {
    TxnUnwind unwind(oplog_, GetParam());
    std::vector<SeenOperation> seen;
    const Status fed = feed_one(unwind, command(9, ops({1}), prev), seen);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().cause, Cause::damaged);
  }
}

TEST_P(Unwinding, AnApplyOpsThatIsNoneIsDamage) {
  for (const char* o : {R"({"applyOps":3})", R"({"applyOps":{"0":{}}})", R"({"applyOps":[1]})"}) {
    TxnUnwind unwind(oplog_, GetParam());
    std::vector<SeenOperation> seen;
    const Status fed = feed_one(unwind, command(9, o, 0), seen);
    ASSERT_FALSE(fed) << o;
    EXPECT_EQ(fed.error().cause, Cause::damaged);
  }
}

TEST_P(Unwinding, WhereDamageIsSkippedWhatCanNotBeReadIsLeftOutAndCounted) {
  const std::string x = R"({"applyOps":["x",)" + insert(1) +
                        R"(,2,{"op":"c","o":{"applyOps":[[],)" + insert(4) +
                        R"(]}},{"op":"c","o":{"applyOps":0}}]})";
  const auto broken_part = command(6, R"({"applyOps":3,"partialTxn":true})", 0);
  oplog_.add(broken_part);
  TxnUnwind unwind(oplog_, GetParam(), OnDamage::skip);
  std::vector<SeenOperation> seen;
  ASSERT_TRUE(feed_one(unwind, command(5, x, 0), seen));
  EXPECT_THAT(ids_of(seen), ElementsAre("1@9:5#1", "4@9:5#4."));
  EXPECT_EQ(unwind.left_out().operations, 4);
  EXPECT_THAT(unwind.left_out().reason,
              HasSubstr("entry at 9:5 (1970-01-01 00:00:09Z) is damaged"));

  seen.clear();
  ASSERT_TRUE(feed_one(unwind, broken_part, seen));
  EXPECT_EQ(unwind.left_out().operations, 0);
  ASSERT_TRUE(feed_one(unwind, command(7, ops({8}), 6), seen));
  EXPECT_THAT(ids_of(seen), ElementsAre("8@9:7#1."));
  EXPECT_EQ(unwind.left_out().operations, 1);
  EXPECT_THAT(unwind.left_out().reason, HasSubstr("part at 9:6 (1970-01-01 00:00:09Z) is damaged"));
}

TEST_P(Unwinding, NestingPastTheLimitIsDamageAndNoStackOverflow) {
  bson::Builder builder;
  builder.append("op", "c").append("ns", "admin.$cmd").open_document("o");
  for (int i = 0; i < 5000; ++i) {
    builder.open_array("applyOps").open_document("0").append("op", "c").open_document("o");
  }
  builder.open_array("applyOps");
  const auto entry = builder.take();
  TxnUnwind unwind(oplog_, GetParam());
  std::vector<SeenOperation> seen;
  const Status fed = feed_one(unwind, entry, seen);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().cause, Cause::damaged);
}

TEST_P(Unwinding, WhatWasNotAskedForIsDroppedByTheNextEntry) {
  const std::vector<bson::OwnedDocument> entries = {
      command(1, ops({1, 2}, partial), 0), command(2, ops({3}), 1), command(3, ops({5}), 0)};
  MemoryOplog oplog(entries);
  TxnUnwind unwind(oplog, GetParam());
  ASSERT_TRUE(unwind.feed(parse_entry(entries[0])));
  ASSERT_TRUE(unwind.feed(parse_entry(entries[1])));
  Operation operation;
  ASSERT_TRUE(*unwind.next(operation));
  std::vector<SeenOperation> seen;
  ASSERT_TRUE(feed_one(unwind, entries[2], seen));
  EXPECT_THAT(ids_of(seen), ElementsAre("5@9:3#0."));
}

TEST(KeptParts, AreNotReadAgain) {
  const std::vector<bson::OwnedDocument> entries = {command(1, ops({1, 2}, partial), 0),
                                                    command(2, ops({3}, prepare), 1),
                                                    command(3, R"({"commitTransaction":1})", 2)};
  MemoryOplog oplog(entries);
  TxnUnwind keeping(oplog);
  EXPECT_EQ(unwind_all(keeping, entries).size(), 3u);
  EXPECT_EQ(oplog.lookups, 0);
  // Where nothing is kept each part is read once: where they lie is remembered.
  TxnUnwind frugal(oplog, 0);
  EXPECT_EQ(unwind_all(frugal, entries).size(), 3u);
  EXPECT_EQ(oplog.lookups, 2);
}

TEST(KeptParts, ThatWereReadToFindTheChainAreNotReadTwiceInARow) {
  const auto commit = command(3, R"({"commitTransaction":1})", 2);
  MemoryOplog oplog({command(2, ops({1}, prepare), 0), commit});
  TxnUnwind unwind(oplog);
  EXPECT_EQ(unwind_all(unwind, {commit}).size(), 1u);
  EXPECT_EQ(oplog.lookups, 1);
}

TEST(KeptParts, AreFreedByACommitAnAbortAndAnAbortThatNamesNoEntry) {
  const std::vector<bson::OwnedDocument> parts = {command(1, ops({1}, partial), 0),
                                                  command(2, ops({2}, prepare), 1)};
  MemoryOplog oplog;
  for (const auto& end :
       {command(3, R"({"commitTransaction":1})", 2), command(3, R"({"abortTransaction":1})", 2),
        command(3, R"({"abortTransaction":1})", 0), command(3, R"({"abortTransaction":1})", -1)}) {
    TxnUnwind unwind(oplog);
    unwind_all(unwind, parts);
    EXPECT_GT(unwind.kept_bytes(), 0u);
    unwind_all(unwind, {end});
    EXPECT_EQ(unwind.kept_bytes(), 0u) << to_json(end.view());
  }
}

TEST(TxnParts, KeepsWithinItsBytesAndDropsTheOldestFirst) {
  const auto first = command(1, ops({1}, partial), 0);
  const auto second = command(2, ops({2}, partial), 1);
  const auto third = command(3, ops({3}, partial), 2);
  TxnParts parts(first.view().size() * 2);
  for (const auto* part : {&first, &second, &third}) parts.remember(parse_entry(*part));
  EXPECT_EQ(parts.kept_bytes(), first.view().size() * 2);
  EXPECT_FALSE(parts.take_bytes({{9, 1}, 1}));
  EXPECT_TRUE(parts.take_bytes({{9, 2}, 1}));
  EXPECT_EQ(parts.kept_bytes(), first.view().size());
  EXPECT_EQ(parts.before({{9, 1}, 1}), OpTime{});
  EXPECT_EQ(parts.before({{9, 3}, 1}), (OpTime{{9, 2}, 1}));
  EXPECT_EQ(parts.before({{9, 3}, 2}), std::nullopt);
}

TEST(TxnParts, ForgetsTheOldestPlacesToo) {
  TxnParts parts(1u << 20, 3);
  for (int i = 1; i <= 5; ++i) parts.remember(parse_entry(command(i, ops({i}, partial), i - 1)));
  EXPECT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts.before({{9, 2}, 1}), std::nullopt);
  EXPECT_FALSE(parts.take_bytes({{9, 2}, 1}));
}

TEST(TxnParts, AnAbortFreesItsChainAndNoOther) {
  TxnParts parts(1u << 20);
  parts.remember(parse_entry(command(1, ops({1}, partial), 0, 1)));
  parts.remember(parse_entry(command(2, ops({2}, partial), 0, 2)));
  parts.remember(parse_entry(command(3, ops({3}, prepare), 1, 1)));
  parts.forget_chain({{9, 3}, 1});
  EXPECT_EQ(parts.size(), 1u);
  EXPECT_TRUE(parts.before({{9, 2}, 1}));
}

TEST(TxnParts, AnAbortThatNamesNoEntryFreesItsSession) {
  // Of a new primary after a failover (by hand after the sources).
  TxnParts parts(1u << 20);
  parts.remember(parse_entry(command(1, ops({1}, partial), 0, 1)));
  parts.remember(parse_entry(command(2, ops({2}, partial), 0, 2)));
  parts.forget_session_of(parse_entry(command(3, R"({"abortTransaction":1})", 0, 1)));
  EXPECT_EQ(parts.before({{9, 1}, 1}), std::nullopt);
  EXPECT_TRUE(parts.before({{9, 2}, 1}));
  EXPECT_LT(parts.kept_bytes(), 1000u);
}

TEST(TxnMeta, KindsAreToldByTheEntryAlone) {
  const auto kind = [](const bson::OwnedDocument& entry) { return classify(parse_entry(entry)); };
  EXPECT_EQ(kind(doc(R"({"op":"i","o":{"applyOps":[]}})")), EntryKind::plain);
  EXPECT_EQ(kind(command(1, R"({"create":"x","applyOps":[]})", -1)), EntryKind::plain);
  EXPECT_EQ(kind(command(1, ops({1}), 0)), EntryKind::whole);
  EXPECT_EQ(kind(command(1, ops({1}), -1)), EntryKind::whole);
  EXPECT_EQ(kind(command(1, ops({1}, partial), 0)), EntryKind::partial);
  EXPECT_EQ(kind(command(1, ops({1}, R"(,"partialTxn":false)"), 0)), EntryKind::whole);
  EXPECT_EQ(kind(command(1, ops({1}, prepare), 0)), EntryKind::prepare);
  EXPECT_EQ(kind(command(2, ops({1}), 1)), EntryKind::chain_end);
  EXPECT_EQ(kind(command(2, ops({1}), 1, 5, R"("multiOpType":1,)")), EntryKind::retryable_batch);
  EXPECT_EQ(kind(command(2, R"({"commitTransaction":1})", 1)), EntryKind::commit);
  EXPECT_EQ(kind(command(2, R"({"abortTransaction":1})", 1)), EntryKind::abort);
  EXPECT_EQ(kind(doc(R"({"op":"c"})")), EntryKind::plain);
}

}  // namespace
}  // namespace mongotail::oplog

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <set>

#include "oplog/oplog_support.h"
#include "oplog/txn_meta.h"
#include "oplog/update_diff.h"
#include "random_seed.h"

namespace mongotail::oplog {
namespace {

std::vector<OpTime> optimes_of(const std::vector<SeenOperation>& seen) {
  std::vector<OpTime> out;
  for (const auto& operation : seen) out.push_back(operation.optime);
  return out;
}

class RealOplog : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Versions, RealOplog, testing::Values("4.2.6", "5.0.4", "6.0.27"),
                         [](const auto& version) {
                           std::string name = version.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_P(RealOplog, OperationsComeInTheOrderOfTheEntriesAndTheLastOfEachIsMarked) {
  const auto oplog = saved_oplog(GetParam());
  MemoryOplog lookup(oplog);
  TxnUnwind unwind(lookup);
  const auto seen = unwind_all(unwind, oplog);
  const auto optimes = optimes_of(seen);
  EXPECT_TRUE(std::is_sorted(optimes.begin(), optimes.end()));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool last = i + 1 == seen.size() || optimes[i + 1] != optimes[i];
    EXPECT_EQ(seen[i].last, last) << seen[i].json();
    const bool first = i == 0 || optimes[i - 1] != optimes[i];
    const std::int32_t expected = first ? 0 : seen[i - 1].index + 1;
    if (seen[i].index == Operation::no_index) continue;
    EXPECT_EQ(seen[i].index, expected);
  }
}

TEST_P(RealOplog, AStartAtAnyEntryGivesTheSameOperationsFromThere) {
  const auto oplog = saved_oplog(GetParam());
  MemoryOplog lookup(oplog);
  TxnUnwind from_the_begin(lookup);
  const auto all = unwind_all(from_the_begin, oplog);
  for (const std::size_t kept : {std::size_t{0}, TxnUnwind::default_kept_bytes}) {
    for (std::size_t start = 0; start < oplog.size(); ++start) {
      const OpTime from = parse_entry(oplog[start]).optime;
      TxnUnwind unwind(lookup, kept);
      const auto some = jsons(unwind_all(unwind, oplog, start));
      const auto first = std::find_if(all.begin(), all.end(),
                                      [&](const auto& seen) { return seen.optime >= from; });
      ASSERT_EQ(some, jsons(std::vector<SeenOperation>(first, all.end()))) << start;
    }
  }
}

TEST_P(RealOplog, TheCountThatTheServerGivesIsTheNumberOfOperations) {
  const auto oplog = saved_oplog(GetParam());
  MemoryOplog lookup(oplog);
  int counted = 0;
  TxnUnwind unwind(lookup);
  std::map<OpTime, std::int64_t> prepared;
  for (const auto& bytes : oplog) {
    const Entry entry = parse_entry(bytes);
    std::vector<SeenOperation> seen;
    ASSERT_TRUE(feed_one(unwind, bytes, seen));
    const auto count = entry.o.find("count");
    const EntryKind kind = classify(entry);
    if (kind == EntryKind::prepare && count) prepared[entry.optime] = *count->as_integer();
    std::optional<std::int64_t> expected;
    if (kind == EntryKind::chain_end && count) expected = count->as_integer();
    if (kind == EntryKind::commit && prepared.contains(*entry.prev_optime)) {
      expected = prepared[*entry.prev_optime];
    }
    if (!expected) continue;
    EXPECT_EQ(static_cast<std::int64_t>(seen.size()), *expected) << to_json(entry.document);
    ++counted;
  }
  const std::map<std::string, int> expected_counts = {{"4.2.6", 5}, {"5.0.4", 7}, {"6.0.27", 1}};
  EXPECT_EQ(counted, expected_counts.at(GetParam()));
}

// A transaction as a test sees it: what it holds, how it is cut into entries, how it ends.
struct Script {
  std::vector<std::string> entries_o;  // the `o` of each, in order
  std::vector<int> ids;                // of its operations, in order
  bool visible = false;
  // Filled while the entries are laid into the oplog.
  std::size_t next = 0;
  int last_ordinal = 0;
};

class RandomOplog {
 public:
  explicit RandomOplog(std::uint32_t seed) : random_(seed) {
    const int count = 3 + pick(8);
    for (int i = 0; i < count; ++i) scripts_.push_back(make_script());
    interleave();
  }

  std::vector<bson::OwnedDocument> entries;
  std::vector<std::string> expected;  // `id@ordinal#index`

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string some_ops(Script& script, int most) {
    std::string json = R"({"applyOps":[)";
    for (int i = pick(most + 1); i > 0; --i) {
      const int id = next_id_++;
      script.ids.push_back(id);
      json += (json.back() == '[' ? "" : ",") +
              (R"({"op":"i","ns":"a.b","o":{"_id":)" + std::to_string(id) + R"(,"pad":")" +
               std::string(static_cast<std::size_t>(pick(200)), 'x') + R"("}})");
    }
    return json + "]";
  }

  Script make_script() {
    Script script;
    for (int i = pick(3) == 0 ? pick(5) : 0; i > 0; --i) {
      script.entries_o.push_back(some_ops(script, 3) + R"(,"partialTxn":true})");
    }
    const int end = pick(4);
    if (end == 0) {
      script.entries_o.push_back(some_ops(script, 3) + R"(,"prepare":true})");
      script.entries_o.push_back(R"({"commitTransaction":1})");
    } else if (end == 1) {
      script.entries_o.push_back(some_ops(script, 3) + R"(,"prepare":true})");
      script.entries_o.push_back(R"({"abortTransaction":1})");
    } else if (end == 2) {
      script.entries_o.push_back(some_ops(script, 3) + "}");
    } else if (script.entries_o.empty()) {
      script.entries_o.push_back(some_ops(script, 2) + R"(,"partialTxn":true})");  // never ends
    } else {
      script.entries_o.push_back(some_ops(script, 2) + R"(,"count":1})");
    }
    script.visible = end == 0 || end == 2 || script.entries_o.size() > 1;
    if (end == 1) script.visible = false;
    return script;
  }

  void interleave() {
    std::vector<std::size_t> open(scripts_.size());
    for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
    int ordinal = 0;
    while (!open.empty()) {
      ordinal += 1 + pick(2);
      if (pick(4) == 0) {
        add_plain(ordinal);
        continue;
      }
      const auto at = static_cast<std::size_t>(pick(static_cast<int>(open.size())));
      Script& script = scripts_[open[at]];
      add_part(script, static_cast<int>(open[at]), ordinal);
      if (script.next == script.entries_o.size()) {
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }

  void add_plain(int ordinal) {
    const int id = next_id_++;
    bson::Builder builder;
    builder.append("op", "i").append("ns", "a.b").open_document("o").append("_id", id).close();
    finish(builder, ordinal);
    expected.push_back(std::to_string(id) + "@" + std::to_string(ordinal) + "#-1");
  }

  void add_part(Script& script, int txn, int ordinal) {
    const auto o = doc(script.entries_o[script.next]);
    bson::Builder builder;
    // All share a session: what belongs together is told by prevOpTime alone.
    builder.append("lsid", "s").append("txnNumber", std::int64_t{txn % 2});
    builder.append("op", "c").append("ns", "admin.$cmd").append("o", o.view());
    builder.open_document("prevOpTime");
    const auto before = static_cast<std::uint32_t>(script.last_ordinal);
    builder.append("ts", bson::Timestamp{before == 0 ? 0u : 9u, before});
    builder.append("t", std::int64_t{before == 0 ? -1 : 1}).close();
    finish(builder, ordinal);
    script.last_ordinal = ordinal;
    if (++script.next < script.entries_o.size() || !script.visible) return;
    for (std::size_t i = 0; i < script.ids.size(); ++i) {
      expected.push_back(std::to_string(script.ids[i]) + "@" + std::to_string(ordinal) + "#" +
                         std::to_string(i));
    }
  }

  void finish(bson::Builder& builder, int ordinal) {
    builder.append("ts", bson::Timestamp{9, static_cast<std::uint32_t>(ordinal)});
    builder.append("t", std::int64_t{1}).append("v", std::int64_t{2});
    entries.push_back(builder.take());
  }

  std::mt19937 random_;
  int next_id_ = 0;
  std::vector<Script> scripts_;
};

std::vector<std::string> labels(const std::vector<SeenOperation>& seen) {
  std::vector<std::string> out;
  for (const auto& operation : seen) {
    const auto o = operation.document.view().find("o")->as_document();
    out.push_back(std::to_string(*o->find("_id")->as_integer()) + "@" +
                  std::to_string(operation.optime.ts.ordinal) + "#" +
                  std::to_string(operation.index));
  }
  return out;
}

TEST(RandomTransactions, ComeOutAsTheyWereMeant) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  int cases = 0;
  std::size_t operations = 0;
  for (; cases < 200; ++cases) {
    const RandomOplog oplog(seed + static_cast<std::uint32_t>(cases));
    for (const std::size_t kept :
         {std::size_t{0}, std::size_t{600}, TxnUnwind::default_kept_bytes}) {
      MemoryOplog lookup(oplog.entries);
      TxnUnwind unwind(lookup, kept);
      const auto seen = unwind_all(unwind, oplog.entries);
      ASSERT_EQ(labels(seen), oplog.expected) << "case " << cases << ", kept " << kept;
      operations += seen.size();
      EXPECT_TRUE(kept != TxnUnwind::default_kept_bytes || lookup.lookups == 0);
    }
  }
  EXPECT_EQ(cases, 200);
  EXPECT_GT(operations, 3000u);
}

// Any byte of an oplog may be another: that ends in operations or in an error.
TEST(DamagedOplog, FlippedBytesNeverDoMoreThanFail) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto oplog = saved_oplog("5.0.4");
  MemoryOplog lookup(oplog);
  int errors = 0, cases = 0;
  for (const auto& entry : oplog) {
    for (int flips = 0; flips < 20; ++flips, ++cases) {
      const bson::Bytes intact = entry.view().bytes();
      std::vector<std::uint8_t> bytes(intact.begin(), intact.end());
      bytes[4 + random() % (bytes.size() - 5)] ^= static_cast<std::uint8_t>(1u << random() % 8);
      const auto damaged = Entry::parse(*bson::Document::from(bytes));
      if (!damaged) {
        ++errors;
        continue;
      }
      TxnUnwind unwind(lookup, 0);
      Operation operation;
      if (!unwind.feed(*damaged)) ++errors;
      for (auto more = unwind.next(operation); more && *more; more = unwind.next(operation)) {
        ChangeReader reader(operation.entry.o);
        while (reader.next()) operation.index += static_cast<int>(reader.change().path.size());
      }
    }
  }
  EXPECT_EQ(cases, static_cast<int>(oplog.size()) * 20);
  EXPECT_GT(errors, 100);
}

}  // namespace
}  // namespace mongotail::oplog

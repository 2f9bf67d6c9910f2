// pretty and short: what the golden files don't show.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/safe_text.h"
#include "base/utf8.h"
#include "output/display_width.h"
#include "output/operation_support.h"
#include "output/random_document.h"
#include "output/time_text.h"
#include "random_seed.h"

namespace mongotail::output {
namespace {

const FormatOptions pretty{.format = Format::pretty, .utc = true};
const FormatOptions short_line{.format = Format::short_line, .utc = true};

// `,"ts":…}` ends each document.
std::string entry(std::string_view fields) {
  return "{" + std::string(fields) + R"(,"ts":{"$timestamp":{"t":9,"i":1}}})";
}

std::string body(std::string_view fields, FormatOptions options = pretty) {
  const std::string out = print(entry(fields), options);
  return out.substr(std::min(out.find('\n'), out.size() - 1) + 1);
}

std::string sentence(std::string_view fields) {
  const std::string out = print(entry(fields), short_line);
  const std::string_view prefix = "1970-01-01 00:00:09.000Z  command  ";
  return out.starts_with(prefix) ? out.substr(prefix.size()) : "unexpected: " + out;
}

TEST(Pretty, ADeleteShowsTheWholeKeyWhereThatIsMoreThanTheId) {
  EXPECT_EQ(print(entry(R"("op":"d","ns":"a.b","o":{"region":"eu","_id":1})"), pretty),
            "1970-01-01 00:00:09.000Z  delete   a.b  { region: 'eu', _id: 1 }\n");
}

TEST(Pretty, BinarySplicesSayWhereTheyBegin) {
  EXPECT_EQ(body(R"("op":"u","ns":"a.b","o2":{"_id":1},"o":{"$v":2,"diff":{"b":{"f":{"o":7,)"
                 R"("d":{"$binary":{"base64":"YWJj","subType":"00"}}}}}})"),
            "  ~ f: from byte 7 on Binary.createFromBase64('YWJj', 0)\n");
}

// With --state.

FormatOptions with_state(FormatOptions options) {
  options.state = true;
  return options;
}

std::string without_end(std::string line) {
  line.pop_back();
  return line;
}

constexpr std::string_view update_with_state =
    R"("op":"u","ns":"a.b","o2":{"_id":1},"o":{"$v":1,"$set":{"n":2,"p.q":3},"$unset":{"x":true}},)"
    R"("state":{"_id":1,"n":2,"p":{"q":3},"t\u0007":"y"},"stateUnknown":["p.*","z\u001b"])";

TEST(Pretty, ShowsTheDocumentAfterAnUpdateWithItsChangedFieldsMarked) {
  EXPECT_EQ(body(update_with_state, with_state(pretty)),
            "  ~ n: 2\n  ~ p.q: 3\n  - x\n  the document is now\n      _id: 1\n    ~ n: 2\n"
            "    ~ p: { q: 3 }\n      't\\x07': 'y'\n    ? p.*, z\\x1b\n");
  EXPECT_EQ(body(update_with_state), "  ~ n: 2\n  ~ p.q: 3\n  - x\n");
}

TEST(Pretty, ShowsNoStateThatTheOperationIsItself) {
  for (const char* fields :
       {R"("op":"i","ns":"a.b","o":{"_id":1,"n":2},"state":{"_id":1,"n":2})",
        R"("op":"u","ns":"a.b","o2":{"_id":1},"o":{"_id":1},"state":{"_id":1})",
        R"("op":"d","ns":"a.b","o":{"_id":1},"state":null)"}) {
    EXPECT_EQ(body(fields, with_state(pretty)), body(fields)) << fields;
  }
}

TEST(ShortLines, EndWithTheDocumentAsFarAsItFits) {
  const std::string line = print(entry(update_with_state), with_state(short_line));
  EXPECT_TRUE(line.ends_with("- x  = { _id: 1, n: 2, p: { q: 3 }, 't\\x07': 'y' } ? p.*, z\\x1b\n"))
      << line;
  FormatOptions narrow = with_state(short_line);
  narrow.width = 80;
  EXPECT_EQ(columns_of(without_end(print(entry(update_with_state), narrow))), 80u);
}

TEST(Pretty, AnUpdateThatIsNotUnderstoodIsShownAsItIs) {
  EXPECT_EQ(body(R"("op":"u","ns":"a.b","o2":{"_id":1},"o":{"$v":3,"magic":1})"),
            "  { $v: 3, magic: 1 }\n");
  EXPECT_EQ(body(R"("op":"u","ns":"a.b","o2":{"_id":1},"o":{"$v":2,"diff":{"u":5}})"),
            "  { $v: 2, diff: { u: 5 } }\n");
}

TEST(Pretty, OperationsOfUnknownKindsAreShownAsTheyAre) {
  EXPECT_EQ(print(entry(R"("op":"xi","ns":"a.b","o":{"k":1})"), pretty),
            "1970-01-01 00:00:09.000Z  xi       a.b\n  { k: 1 }\n");
}

TEST(Pretty, AShardsNameComesBeforeTheVerb) {
  EXPECT_EQ(print(entry(R"("op":"d","ns":"a.b","o":{"_id":1})"), pretty, "rs1"),
            "1970-01-01 00:00:09.000Z  rs1  delete   a.b  _id: 1\n");
}

TEST(Pretty, LongTextIsCutOnATerminalOnlyAndNotWhenVerbose) {
  const std::string fields = R"("op":"i","ns":"a.b","o":{"s":")" + std::string(500, 'x') + R"("})";
  FormatOptions options = pretty;
  EXPECT_EQ(body(fields, options).find("characters"), std::string::npos);
  options.width = 80;
  EXPECT_NE(body(fields, options).find("'…+260 characters"), std::string::npos);
  options.verbose = true;
  EXPECT_EQ(body(fields, options).find("characters"), std::string::npos);
}

// The lines of a transaction's operations with these indexes; the last is at 2.
class TransactionTest : public testing::Test {
 protected:
  void print(const std::vector<std::int32_t>& indexes, FormatOptions options = pretty) {
    formatter_ = Formatter::make(options).value();
    for (const std::int32_t index : indexes) {
      SampleOperation sample(
          entry(R"("op":"d","ns":"a.b","o":{"_id":1},"txnNumber":{"$numberLong":"4"})"));
      EXPECT_TRUE(formatter_.append(sample.in_transaction(index, index == 2).get(), {}, out_));
    }
  }
  void print_a_plain_one() {
    const SampleOperation sample(R"({"op":"n","ns":"","o":{"msg":"m"}})");
    EXPECT_TRUE(formatter_.append(sample.get(), {}, out_));
  }
  void end(std::uint32_t seconds, std::optional<std::int64_t> operations) {
    formatter_.end_transaction({{seconds, 1}, oplog::OpTime::no_term}, operations, out_);
  }
  std::string out() const { return std::string(out_.view()); }

 private:
  Formatter formatter_ = Formatter::make(pretty).value();
  Buffer out_;
};

TEST_F(TransactionTest, IsFramed) {
  print({0, 1, 2});
  EXPECT_EQ(out(),
            "┌ 1970-01-01 00:00:09.000Z  transaction 4\n"
            "│ 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #0]\n"
            "│ 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #1]\n"
            "│ 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #2]\n"
            "└ end of transaction, 3 operations\n");
}

TEST_F(TransactionTest, CountsWhatIsShownOfAllItsOperations) {
  print({0, 2});
  EXPECT_TRUE(out().ends_with("└ end of transaction, 2 of 3 operations\n")) << out();
}

TEST_F(TransactionTest, EndsAtOnceWhereItsLastOperationIsNotShown) {
  print({0});
  end(9, 3);
  EXPECT_EQ(out(),
            "┌ 1970-01-01 00:00:09.000Z  transaction 4\n"
            "│ 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #0]\n"
            "└ end of transaction, 1 of 3 operations\n");
  const std::string before = out();
  end(9, 3);
  EXPECT_EQ(out(), before);
}

TEST_F(TransactionTest, DoesNotEndWithAnEarlierOne) {
  print({0});
  const std::string before = out();
  end(8, 5);
  EXPECT_EQ(out(), before);
}

TEST_F(TransactionTest, OfUnknownSizeCountsWhatIsShown) {
  print({1});
  print_a_plain_one();
  EXPECT_EQ(out(),
            "┌ 1970-01-01 00:00:09.000Z  transaction 4\n"
            "│ 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #1]\n"
            "└ end of transaction, 1 operation shown\n"
            "1970-01-01 00:00:00.000Z  noop     m\n");
}

TEST_F(TransactionTest, IsFramedInAsciiWithoutUtf8) {
  FormatOptions options = pretty;
  options.ascii = true;
  print({0, 2}, options);
  EXPECT_EQ(out(),
            "+ 1970-01-01 00:00:09.000Z  transaction 4\n"
            "| 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #0]\n"
            "| 1970-01-01 00:00:09.000Z  delete   a.b  _id: 1  [txn #2]\n"
            "+ end of transaction, 2 of 3 operations\n");
}

// Parts of transactions on the shards a and b, each of two operations; the entry on b is a second
// later.
class ShardedTransactionTest : public testing::Test {
 protected:
  ShardedTransactionTest() { formatter_.call_sources("shard"); }

  void print_part(std::string_view shard, int number = 4) {
    const std::uint32_t seconds = shard == "a" ? 9 : 10;
    for (const std::int32_t index : {0, 1}) {
      SampleOperation sample(entry(
          R"("op":"d","ns":"a.b","o":{"_id":1},"lsid":{"id":"s"},"txnNumber":{"$numberLong":")" +
          std::to_string(number) + R"("})"));
      oplog::Operation operation = sample.in_transaction(index, index == 1).get();
      operation.optime.ts.seconds = seconds;
      EXPECT_TRUE(formatter_.append(operation, {shard}, out_));
    }
    formatter_.end_transaction({{seconds, 5}, oplog::OpTime::no_term}, std::nullopt, out_);
  }
  void print_a_plain_one() {
    const SampleOperation sample(R"({"op":"n","ns":"","o":{"msg":"m"}})");
    EXPECT_TRUE(formatter_.append(sample.get(), {"a"}, out_));
  }
  void idle() { formatter_.idle(out_); }
  // The line ends of all frames.
  std::vector<std::string> ends() const {
    std::vector<std::string> found;
    std::istringstream lines{std::string(out_.view())};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("└")) found.push_back(line);
    }
    return found;
  }
  std::string out() const { return std::string(out_.view()); }

  Formatter formatter_ = Formatter::make(pretty).value();
  Buffer out_;
};

TEST_F(ShardedTransactionTest, IsInOneFrameIfItsPartsFollowEachOther) {
  print_part("a");
  EXPECT_TRUE(ends().empty()) << out();
  print_part("b");
  idle();
  EXPECT_EQ(out(),
            "┌ 1970-01-01 00:00:09.000Z  a  transaction 4\n"
            "│ 1970-01-01 00:00:09.000Z  a  delete   a.b  _id: 1  [txn #0]\n"
            "│ 1970-01-01 00:00:09.000Z  a  delete   a.b  _id: 1  [txn #1]\n"
            "│ 1970-01-01 00:00:10.000Z  b  delete   a.b  _id: 1  [txn #0]\n"
            "│ 1970-01-01 00:00:10.000Z  b  delete   a.b  _id: 1  [txn #1]\n"
            "└ end of transaction, 4 operations on 2 shards\n");
  idle();
  EXPECT_EQ(ends().size(), 1U);
}

TEST_F(ShardedTransactionTest, HasAFrameForEachPartWhereAnotherOperationLiesBetween) {
  print_part("a");
  print_a_plain_one();
  print_part("b");
  idle();
  const std::string end = "└ end of transaction, 2 operations";
  EXPECT_EQ(ends(), (std::vector{end, end})) << out();
}

TEST_F(ShardedTransactionTest, SharesNoFrameWithAnotherOfItsSession) {
  print_part("a", 4);
  print_part("b", 5);
  print_part("b", 6);
  idle();
  EXPECT_EQ(ends().size(), 3U) << out();
}

TEST_F(ShardedTransactionTest, OfSeveralSetsThatAreNoClusterHasItsFrameEndAtOnce) {
  formatter_.call_sources("source");
  print_part("a");
  EXPECT_EQ(ends().size(), 1U);
}

TEST(Pretty, ALargeCommandIsNamedAsInShortAndItsOtherFieldsFollow) {
  const std::string fields =
      R"("op":"c","ns":"odd.$cmd","o":{"create":"system.buckets.w","idIndex":{"v":2},"validator":)"
      R"({"a":")" +
      std::string(200, 'x') + R"("},"clusteredIndex":true})";
  EXPECT_EQ(print(entry(fields), pretty),
            "1970-01-01 00:00:09.000Z  command  create odd.system.buckets.w\n"
            "  {\n"
            "    validator: {\n"
            "      a: '" +
                std::string(200, 'x') +
                "'\n"
                "    },\n"
                "    clusteredIndex: true\n"
                "  }\n");
  EXPECT_TRUE(sentence(fields).starts_with("create odd.system.buckets.w { validator: { a: 'x"));
}

TEST(Pretty, ALongNameAloneHasNoDocumentBelowIt) {
  const std::string name(250, 'n');
  EXPECT_EQ(print(entry(R"("op":"c","ns":"odd.$cmd","o":{"drop":")" + name + R"("})"), pretty),
            "1970-01-01 00:00:09.000Z  command  drop odd." + name + "\n");
}

TEST(ShortLine, ALineIsNeverWiderThanTheTerminal) {
  const auto text = entry(R"("op":"i","ns":"日本.語","o":{"_id":"日本語日本語","a":[1,2,3,4,5]})");
  for (int width = 1; width < 100; ++width) {
    FormatOptions options = short_line;
    options.width = width;
    std::string out = print(text, options);
    ASSERT_EQ(out.back(), '\n');
    out.pop_back();
    ASSERT_LE(columns_of(out), static_cast<std::size_t>(width)) << out;
    ASSERT_EQ(out.ends_with("…"), width < 83) << width << out;

    options.ascii = true;
    out = print(text, options);
    out.pop_back();
    ASSERT_LE(columns_of(out), static_cast<std::size_t>(width)) << out;
    ASSERT_EQ(out.find("…"), std::string::npos) << out;
    ASSERT_EQ(out.ends_with(std::string_view("...").substr(0, static_cast<std::size_t>(width))),
              width < 83)
        << width << out;
  }
}

TEST(ShortLine, MarksWithoutWidthDoNotMakeALineEndless) {
  std::string marks;
  for (int i = 0; i < 10000; ++i) marks += "\xCC\x81";
  FormatOptions options = short_line;
  options.width = 80;
  const std::string out =
      print(entry(R"("op":"i","ns":"a.b","o":{"s":")" + marks + R"("})"), options);
  EXPECT_TRUE(out.ends_with("…\n"));
  EXPECT_LT(out.size(), 500u);
}

TEST(CommandText, KnownCommandsAreSentences) {
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"create":"u","idIndex":{"v":2}})"),
            "create app.u\n");
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"createIndexes":"u","v":2,)"
                     R"("key":{"email":1},"name":"e","unique":true,"expireAfterSeconds":60})"),
            "createIndexes app.u { email: 1 } unique { expireAfterSeconds: 60 }\n");
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"renameCollection":"app.a","to":"app.b",)"
                     R"("dropTarget":false})"),
            "rename app.a → app.b\n");
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"dropDatabase":1})"), "dropDatabase app\n");
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"dropIndexes":"u","index":"x_1"},)"
                     R"("o2":{"key":{"x":1}})"),
            "dropIndexes app.u x_1 { x: 1 }\n");
}

TEST(CommandText, CommandsThatNameAWholeNamespaceAreSentencesToo) {
  EXPECT_EQ(sentence(R"("op":"c","ns":"admin.$cmd","o":{"dbCheck":"app.u","type":"batch"})"),
            "dbCheck app.u { type: 'batch' }\n");
}

TEST(CommandText, AnArrowIsAsciiWithoutUtf8) {
  FormatOptions options = short_line;
  options.ascii = true;
  const std::string out = print(
      entry(R"("op":"c","ns":"app.$cmd","o":{"renameCollection":"app.a","to":"app.b"})"), options);
  EXPECT_TRUE(out.ends_with("rename app.a -> app.b\n")) << out;
}

TEST(CommandText, UnknownCommandsAndFormsAreShownAsDocuments) {
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"novelty":"u","x":1})"),
            "app.$cmd  { novelty: 'u', x: 1 }\n");
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"drop":5})"), "app.$cmd  { drop: 5 }\n");
}

TEST(CommandText, NamesInCommandsAreSafe) {
  EXPECT_EQ(sentence(R"("op":"c","ns":"app.$cmd","o":{"drop":"a\u001b[1m"})"),
            "drop app.a\\x1b[1m\n");
}

class ZoneTest : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("TZ"); }
  static std::string local(const char* zone, std::int64_t millis) {
    ::setenv("TZ", zone, 1);
    std::string out;
    TimeText(false).append(millis, out);
    return out;
  }
};

TEST_F(ZoneTest, LocalTimesCarryTheirOffset) {
  EXPECT_EQ(local("UTC0", 1700000000123), "2023-11-14 22:13:20.123+00:00");
  EXPECT_EQ(local("IST-5:30", 1700000000123), "2023-11-15 03:43:20.123+05:30");
  EXPECT_EQ(local("NST3:30", 1700000000123), "2023-11-14 18:43:20.123-03:30");
}

TEST_F(ZoneTest, TheOffsetChangesWithinOneRun) {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  TimeText time(false);
  std::string out;
  time.append(1711846799000, out);  // a second before 2024-03-31 01:00 UTC
  time.append(1711846800000, out);
  EXPECT_EQ(out,
            "2024-03-31 01:59:59.000+01:00"
            "2024-03-31 03:00:00.000+02:00");
}

// Nothing but printable text and newlines, whatever the bytes.
void expect_harmless(std::string_view out, bool bidi_too) {
  while (!out.empty()) {
    const Utf8Step step = decode_utf8(out);
    ASSERT_TRUE(step.valid) << out;
    const char32_t c = step.code_point;
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && (c < 0x7F || c > 0x9F))) << static_cast<int>(c);
    ASSERT_FALSE(bidi_too && c >= 0x202A && c <= 0x202E);
    out.remove_prefix(step.size);
  }
}

TEST(TerminalSafety, NoFormatPrintsAControlSequenceOfRandomBytes) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomDocuments random(seed, {});
  int printed = 0;
  int cases = 0;
  for (; cases < 4000; ++cases) {
    constexpr const char* ops[] = {"i", "u", "d", "c", "n", "x\x1b[1m"};
    const auto o = random.next();
    bson::Builder builder;
    builder.append("op", ops[random.below(6)]).append("ns", "a\x9b.\xE2\x80\xAE");
    builder.append("o2", random.next().view()).append("o", o.view());
    const auto whole = builder.take();
    std::vector<std::uint8_t> bytes(whole.view().bytes().begin(), whole.view().bytes().end());
    for (std::size_t flips = random.below(6); flips > 0; --flips) {
      bytes[4 + random.below(bytes.size() - 5)] = static_cast<std::uint8_t>(random.bits());
    }
    bytes.shrink_to_fit();
    const auto document = bson::Document::from(bytes);
    auto parsed = oplog::Entry::parse(*document);
    if (!parsed) continue;
    oplog::Operation operation;
    operation.entry = *parsed;
    for (const Format format : {Format::json, Format::pretty, Format::short_line, Format::text}) {
      auto formatter = Formatter::make({.format = format,
                                        .text_template = "{op}{verb}{ns}{id}{o}{o2}{o._id}",
                                        .utc = true,
                                        .width = static_cast<int>(random.below(3)) * 50});
      std::string out;
      if (!formatter->append(operation, {"\x1b[31m"}, out)) {
        EXPECT_EQ(out, "");
        continue;
      }
      ++printed;
      ASSERT_NO_FATAL_FAILURE(expect_harmless(out, format != Format::json));
    }
  }
  EXPECT_EQ(cases, 4000);
  EXPECT_GT(printed, 1000);
}

}  // namespace
}  // namespace mongotail::output

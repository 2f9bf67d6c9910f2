#include "output/event_lines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "output/operation_support.h"

namespace mongotail::output {
namespace {

const FormatOptions event = {.format = Format::event};

/// The event of an entry with these fields, without its first two fields.
std::string event_of(std::string_view fields, JsonMode mode = JsonMode::relaxed) {
  constexpr std::string_view begin = R"({"cursor":"9:1@3","time":"2026-11-23T01:20:58.000Z",)";
  const std::string line = print(fmt::format(R"({{{},"ts":{{"$timestamp":{{"t":9,"i":1}}}},"t":3,)"
                                             R"("wall":{{"$date":"2026-11-23T01:20:58Z"}}}})",
                                             fields),
                                 {.format = Format::event, .json_mode = mode});
  EXPECT_TRUE(line.starts_with(begin)) << line;
  EXPECT_TRUE(line.ends_with("}\n")) << line;
  return line.substr(std::min(begin.size(), line.size()));
}

std::string update_event(std::string_view o) {
  const std::string line =
      event_of(fmt::format(R"("op":"u","ns":"app.u","o2":{{"_id":7}},"o":{})", o));
  constexpr std::string_view begin = R"("op":"u","ns":"app.u","id":7,)";
  EXPECT_TRUE(line.starts_with(begin)) << line;
  return line.substr(std::min(begin.size(), line.size()));
}

TEST(EventLines, AnInsertHasItsDocument) {
  EXPECT_EQ(event_of(R"("op":"i","ns":"app.u","o":{"_id":7,"a":{"b":1}})"),
            R"("op":"i","ns":"app.u","id":7,"set":{},"unset":[],"doc":{"_id":7,"a":{"b":1}}})"
            "\n");
}

TEST(EventLines, ADeleteHasItsId) {
  EXPECT_EQ(event_of(R"("op":"d","ns":"app.u","o":{"_id":{"$oid":"6b03e7870a4b4654683d4b39"}})"),
            R"("op":"d","ns":"app.u","id":{"$oid":"6b03e7870a4b4654683d4b39"},"set":{},"unset":[]})"
            "\n");
}

TEST(EventLines, ModifiersAndDeltasLookTheSame) {
  constexpr std::string_view both = R"("set":{"a":3,"b.c":6,"items.1.qty":2},"unset":["zz","d.e"]})"
                                    "\n";
  EXPECT_EQ(
      update_event(
          R"({"$v":1,"$set":{"a":3,"b.c":6,"items.1.qty":2},"$unset":{"zz":true,"d.e":true}})"),
      both);
  EXPECT_EQ(update_event(R"({"$v":2,"diff":{"d":{"zz":false},"u":{"a":3},"sb":{"u":{"c":6}},
      "sitems":{"a":true,"s1":{"u":{"qty":2}}},"sd":{"d":{"e":false}}}})"),
            both);
  EXPECT_EQ(
      update_event(R"({"$set":{"a":3,"b.c":6,"items.1.qty":2},"$unset":{"zz":true,"d.e":true}})"),
      both);
}

TEST(EventLines, AReplacementHasItsDocument) {
  EXPECT_EQ(update_event(R"({"_id":7,"only":"this"})"),
            R"("set":{},"unset":[],"doc":{"_id":7,"only":"this"}})"
            "\n");
}

TEST(EventLines, ArraysThatAreCutHaveTheirLength) {
  EXPECT_EQ(update_event(
                R"({"$v":2,"diff":{"sarr":{"a":true,"l":2,"u0":7},"so":{"sb":{"a":true,"l":0}}}})"),
            R"("set":{"arr.0":7},"unset":[],"length":{"arr":2,"o.b":0}})"
            "\n");
}

TEST(EventLines, BinariesThatArePatchedHaveThePatch) {
  EXPECT_EQ(
      update_event(
          R"({"$v":2,"diff":{"b":{"bin":{"o":16,"d":{"$binary":{"base64":"AA==","subType":"00"}}}}}})"),
      R"("set":{},"unset":[],"splice":{"bin":{"from":16,"data":{"$binary":{"base64":"AA==","subType":"00"}}}}})"
      "\n");
}

TEST(EventLines, DotsAndBackslashesInNamesAreEscaped) {
  EXPECT_EQ(update_event(R"({"$v":2,"diff":{"d":{"":false},"u":{"a.b":1},"sx":{"u":{"c\\d":2}}}})"),
            R"("set":{"a\\.b":1,"x.c\\\\d":2},"unset":[""]})"
            "\n");
}

TEST(EventLines, AnUpdateOfAnUnknownFormIsGivenAsItIs) {
  EXPECT_EQ(update_event(R"({"$v":2,"diff":{"u":{"a":1},"new":{"b":1}}})"),
            R"("set":{},"unset":[],"o":{"$v":2,"diff":{"u":{"a":1},"new":{"b":1}}}})"
            "\n");
  EXPECT_EQ(update_event(R"({"$v":3,"x":1})"), R"("set":{},"unset":[],"o":{"$v":3,"x":1}})"
                                               "\n");
}

TEST(EventLines, ACommandHasItsNameAndWhatItNames) {
  EXPECT_EQ(event_of(R"("op":"c","ns":"app.$cmd","o":{"renameCollection":"app.a","to":"app.b"})"),
            R"("op":"c","ns":"app.a","id":null,"set":{},"unset":[],"command":"renameCollection",)"
            R"("o":{"renameCollection":"app.a","to":"app.b"}})"
            "\n");
  EXPECT_EQ(
      event_of(R"("op":"c","ns":"app.$cmd","o":{"dropDatabase":1})"),
      R"("op":"c","ns":"app","id":null,"set":{},"unset":[],"command":"dropDatabase","o":{"dropDatabase":1}})"
      "\n");
}

TEST(EventLines, WhatIsNotKnownIsGivenAsItIs) {
  EXPECT_EQ(event_of(R"("op":"xi","ns":"app.u","o":{"k":1})"),
            R"("op":"xi","ns":"app.u","id":null,"set":{},"unset":[],"o":{"k":1}})"
            "\n");
  EXPECT_EQ(event_of(R"("op":"n","ns":"","o":{"msg":"periodic noop"})"),
            R"("op":"n","ns":"","id":null,"set":{},"unset":[],"o":{"msg":"periodic noop"}})"
            "\n");
}

TEST(EventLines, InATransactionTheySayWhichAndWhere) {
  constexpr std::string_view insert =
      R"({"op":"i","ns":"app.u","o":{"_id":1},"ts":{"$timestamp":{"t":9,"i":1}},"t":3,)"
      R"("lsid":{"id":{"$binary":{"base64":"EjRWeJCrEjRWeJCrEjRWeA==","subType":"04"}}},)"
      R"("txnNumber":{"$numberLong":"5"}})";
  const auto line = [&](bool last) {
    return print(SampleOperation(insert).in_transaction(2, last).get(), event);
  };
  constexpr std::string_view rest =
      R"(,"time":null,"op":"i","ns":"app.u","id":1,"set":{},"unset":[],"doc":{"_id":1},)"
      R"("txn":{"session":"12345678-90ab-1234-5678-90ab12345678","number":5,"index":2,"last":)";
  EXPECT_EQ(line(false), fmt::format(R"({{"cursor":"9:1@3#2"{}false}}}})"
                                     "\n",
                                     rest));
  EXPECT_EQ(line(true), fmt::format(R"({{"cursor":"9:1@3"{}true}}}})"
                                    "\n",
                                    rest));
  // A retryable write has a session, and is no transaction.
  EXPECT_EQ(print(insert, event).find("txn"), std::string::npos);
}

TEST(EventLines, CanonicalJsonKeepsTypes) {
  EXPECT_EQ(
      event_of(R"("op":"i","ns":"app.u","o":{"_id":7})", JsonMode::canonical),
      R"("op":"i","ns":"app.u","id":{"$numberInt":"7"},"set":{},"unset":[],"doc":{"_id":{"$numberInt":"7"}}})"
      "\n");
}

TEST(EventLines, WithTheStateTheyEndWithIt) {
  const std::string line =
      print(R"({"op":"d","ns":"app.u","o":{"_id":1},"state":null,"stateUnknown":["a"]})",
            {.format = Format::event, .state = true});
  EXPECT_TRUE(line.ends_with(R"("unset":[],"state":null,"stateUnknown":["a"]})"
                             "\n"))
      << line;
}

TEST(EventLines, OfSeveralSourcesEndWithTheNameOfTheirOwn) {
  const std::string line = print(R"({"op":"d","ns":"app.u","o":{"_id":1}})", event, "rs1");
  EXPECT_TRUE(line.ends_with(R"("unset":[],"source":"rs1"})"
                             "\n"))
      << line;
}

}  // namespace
}  // namespace mongotail::output

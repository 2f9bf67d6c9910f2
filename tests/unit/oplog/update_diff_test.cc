#include "oplog/update_diff.h"

#include <gmock/gmock.h>

#include "oplog/oplog_support.h"

namespace mongotail::oplog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// `set a/[0]/b`: an index that is known to be one stands in brackets.
std::string text_of(const Change& change) {
  constexpr std::string_view verbs[] = {"set", "append", "unset", "truncate", "splice"};
  std::string text(verbs[static_cast<int>(change.kind)]);
  text += ' ';
  for (std::size_t i = 0; i < change.path.size(); ++i) {
    const PathKey& key = change.path[i];
    if (i > 0) text += '/';
    text += key.array_index ? "[" + std::string(key.name) + "]" : std::string(key.name);
  }
  if (change.kind == Change::Kind::truncate || change.kind == Change::Kind::splice) {
    text += " @" + std::to_string(change.length);
  }
  if (change.value) {
    const auto value = bson::Builder().append("v", *change.value).take();
    const std::string json = to_json(value.view());
    text += " = " + json.substr(8, json.size() - 10);
  }
  return text;
}

struct Described {
  UpdateForm form;
  std::vector<std::string> changes;
};

Described describe(std::string_view json) {
  const auto o = doc(json);
  const auto described = describe_update(o.view());
  EXPECT_TRUE(described) << json << (described ? "" : described.error().what);
  if (!described) return {UpdateForm::unknown, {"error"}};
  Described out{described->form, {}};
  for (const Change& change : described->changes) out.changes.push_back(text_of(change));
  return out;
}

Cause cause_of(std::string_view json) {
  const auto o = doc(json);
  const auto described = describe_update(o.view());
  EXPECT_FALSE(described) << json;
  return described ? Cause::internal : described.error().cause;
}

TEST(UpdateForm, TheFirstKeyTellsIt) {
  EXPECT_EQ(describe(R"({"_id":1,"a":2})").form, UpdateForm::replacement);
  EXPECT_EQ(describe(R"({"$v":1,"$set":{"a":1}})").form, UpdateForm::modifiers);
  EXPECT_EQ(describe(R"({"$set":{"a":1}})").form, UpdateForm::modifiers);
  EXPECT_EQ(describe(R"({"$v":2,"diff":{"u":{"a":1}}})").form, UpdateForm::delta);
  EXPECT_EQ(describe(R"({"$v":{"$numberLong":"2"},"diff":{"u":{"a":1}}})").form, UpdateForm::delta);
}

TEST(UpdateForm, AReplacementThatStoresDollarVIsAReplacement) {
  const auto described = describe(R"({"_id":1,"diff":{"u":{"z":1}},"$v":2})");
  EXPECT_EQ(described.form, UpdateForm::replacement);
  EXPECT_THAT(described.changes, IsEmpty());
}

TEST(UpdateForm, AnEmptyDocumentReplacesAndAMissingOneIsUnknown) {
  EXPECT_EQ(describe("{}").form, UpdateForm::replacement);
  EXPECT_EQ(describe_update(bson::Document())->form, UpdateForm::unknown);
}

TEST(UpdateForm, WhatANewerServerMightWriteIsUnknownAndNoError) {
  for (const char* o : {R"({"$v":3,"diff":{"u":{"a":1}}})", R"({"$v":"2"})", R"({"$inc":{"a":1}})",
                        R"({"$v":1,"$set":{"a":1},"$push":{"b":1}})",
                        R"({"$v":2,"diff":{"u":{"a":1},"x":{"b":1}}})",
                        R"({"$v":2,"diff":{"sa":{"a":true,"u0":1,"p":1}}})"}) {
    const auto described = describe(o);
    EXPECT_EQ(described.form, UpdateForm::unknown) << o;
    EXPECT_THAT(described.changes, IsEmpty()) << o;
  }
}

TEST(Modifiers, DottedPathsAreTakenApart) {
  EXPECT_THAT(
      describe(R"({"$v":1,"$set":{"a":3,"b.c":6},"$unset":{"zz":true,"x.0.y":true}})").changes,
      ElementsAre("set a = 3", "set b/c = 6", "unset zz", "unset x/0/y"));
}

TEST(Modifiers, EmptyPartsOfAPathArePartsOfIt) {
  EXPECT_THAT(describe(R"({"$set":{"":1,"a.":2,".b":3,"a..b":4}})").changes,
              ElementsAre("set  = 1", "set a/ = 2", "set /b = 3", "set a//b = 4"));
}

TEST(Delta, SectionsComeInTheirOrder) {
  EXPECT_THAT(describe(R"({"$v":2,"diff":{"d":{"str":false},"u":{"a":3},"i":{"zz":1},
                           "sb":{"u":{"c":9}},"sarr":{"a":true,"l":2,"u0":7}}})")
                  .changes,
              ElementsAre("unset str", "set a = 3", "append zz = 1", "set b/c = 9",
                          "truncate arr @2", "set arr/[0] = 7"));
}

TEST(Delta, ABinaryDiffKeepsWhatComesBeforeItsOffset) {
  EXPECT_THAT(
      describe(
          R"({"$v":2,"diff":{"b":{"f":{"o":7,"d":{"$binary":{"base64":"YWJj","subType":"07"}}}}}})")
          .changes,
      ElementsAre(R"(splice f @7 = { "$binary" : { "base64" : "YWJj", "subType" : "07" } })"));
}

TEST(Delta, ExactlyOneLeadingSIsStripped) {
  EXPECT_THAT(
      describe(R"({"$v":2,"diff":{"sa":{"u":{"l":5},"ss1":{"u":{"x":2}}},"s":{"d":{"":false}}}})")
          .changes,
      ElementsAre("set a/l = 5", "set a/s1/x = 2", "unset /"));
}

TEST(Delta, NamesMayHoldDotsAndDollars) {
  EXPECT_THAT(
      describe(R"({"$v":2,"diff":{"i":{"dotted.name":1,"$dollar":2,"":3},"sx.y":{"u":{"p.q":4}}}})")
          .changes,
      ElementsAre("append dotted.name = 1", "append $dollar = 2", "append  = 3",
                  "set x.y/p.q = 4"));
}

TEST(Delta, AFieldNamedAInADocumentMakesNoArray) {
  // The field `a` itself is a sub-document here: its sub-diff starts with `u`, not with `a`.
  EXPECT_THAT(
      describe(R"({"$v":2,"diff":{"u":{"a":{"l":1,"u0":2}},"i":{"s":1},"sb":{"u":{"a":true}}}})")
          .changes,
      ElementsAre(R"(set a = { "l" : 1, "u0" : 2 })", "append s = 1", "set b/a = true"));
}

TEST(Delta, ArraysNestAndTheirIndexesAreKnownAsSuch) {
  EXPECT_THAT(
      describe(
          R"({"$v":2,"diff":{"snest":{"a":true,"s1":{"a":true,"u0":33,"u12":null},"s3":{"i":{"0":1}}}}})")
          .changes,
      ElementsAre("set nest/[1]/[0] = 33", "set nest/[1]/[12] = null", "append nest/[3]/0 = 1"));
}

TEST(Delta, NothingIsLeftOverFromTheChangeBefore) {
  const auto o = doc(R"({"$v":2,"diff":{"u":{"x":1},"sarr":{"a":true,"l":2,"u0":7}}})");
  const auto described = describe_update(o.view());
  ASSERT_TRUE(described);
  EXPECT_FALSE(described->changes[1].value);
  EXPECT_EQ(described->changes[2].length, 0);
}

TEST(Delta, BrokenGrammarIsDamage) {
  for (const char* o : {
           R"({"$v":2})",
           R"({"$v":2,"diff":3})",
           R"({"$v":2,"diff":{"u":3}})",
           R"({"$v":2,"diff":{"u":[1]}})",
           R"({"$v":2,"diff":{"i":{"a":1},"u":{"b":1}}})",
           R"({"$v":2,"diff":{"sa":{"u":{"a":1}},"d":{"b":false}}})",
           R"({"$v":2,"diff":{"u":{"a":1},"u":{"b":1}}})",
           R"({"$v":2,"diff":{"sa":1}})",
           R"({"$v":2,"diff":{"sa":{"a":false,"u0":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u1":1,"u0":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u1":1,"u1":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u01":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u-1":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u99999999999999999999":1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"l":-1}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"l":"x"}}})",
           R"({"$v":2,"diff":{"sa":{"a":true,"u0":1,"l":3}}})",
           R"({"$v":2,"diff":{"b":{"f":1}}})",
           R"({"$v":2,"diff":{"b":{"f":{"o":1}}}})",
           R"({"$v":2,"diff":{"b":{"f":{"o":-1,"d":{"$binary":{"base64":"","subType":"00"}}}}}})",
           R"({"$v":1,"$set":3})",
       }) {
    EXPECT_EQ(cause_of(o), Cause::damaged) << o;
  }
}

TEST(Delta, NestingPastTheLimitIsDamageAndNoStackOverflow) {
  const auto nested = [](int depth) {
    bson::Builder builder;
    builder.append("$v", 2).open_document("diff");
    for (int i = 0; i < depth; ++i) builder.open_document("sx");
    builder.open_document("u").append("a", 1);
    return builder.take();
  };
  EXPECT_TRUE(describe_update(nested(150).view()));
  const auto deep = nested(20'000);
  const auto described = describe_update(deep.view());
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().cause, Cause::damaged);
}

TEST(Delta, APathOfAMillionDotsIsDamageAndTakesNoMemory) {
  const std::string dots(1'000'000, '.');
  const auto o = bson::Builder().open_document("$set").append(dots, 1).take();
  const auto described = describe_update(o.view());
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().cause, Cause::damaged);
}

TEST(ChangeReader, GoesThroughAnUpdateWithTooManyChangesToList) {
  bson::Builder builder;
  builder.append("$v", 2).open_document("diff").open_document("u");
  constexpr int count = 600'000;
  for (int i = 0; i < count; ++i) builder.append("x", 1);
  const auto o = builder.take();
  EXPECT_EQ(describe_update(o.view())->form, UpdateForm::unknown);
  ChangeReader reader(o.view());
  int seen = 0;
  while (reader.next()) ++seen;
  EXPECT_EQ(seen, count);
  EXPECT_FALSE(reader.error());
}

TEST(ChangeReader, EveryUpdateOfRealOplogsIsUnderstood) {
  int updates = 0;
  for (const char* version : {"4.2.6", "5.0.4", "6.0.27"}) {
    const auto oplog = saved_oplog(version);
    MemoryOplog lookup(oplog);
    TxnUnwind unwind(lookup);
    for (const auto& operation : unwind_all(unwind, oplog)) {
      const Entry entry = parse_entry(operation.document);
      if (entry.op != "u") continue;
      ++updates;
      const auto described = describe_update(entry.o);
      ASSERT_TRUE(described) << operation.json();
      EXPECT_NE(described->form, UpdateForm::unknown) << operation.json();
      const bool replacement = described->form == UpdateForm::replacement;
      EXPECT_EQ(described->changes.empty(), replacement) << operation.json();
    }
  }
  EXPECT_EQ(updates, 165);
}

}  // namespace
}  // namespace mongotail::oplog

#include "state/apply.h"

#include <gtest/gtest.h>

#include "oplog/apply_changes.h"
#include "state/state_support.h"

namespace mongotail::state {
namespace {

using Kind = Value::Kind;

std::string after(Value before, std::string_view update, Trust trust = Trust::logged) {
  const auto o = doc(update);
  EXPECT_TRUE(apply_update(before, o.view(), trust)) << update;
  return text_of(before);
}

std::string after(std::string_view before, std::string_view update) {
  const auto start = doc(before);
  const auto o = doc(update);
  const std::string own = after(Value::of(start.view()), update);
  const auto described = oplog::describe_update(o.view());
  EXPECT_TRUE(described);
  EXPECT_EQ(own, to_json(oplog::apply_changes(start.view(), *described).view())) << update;
  return own;
}

Value open_document() {
  return Value::of(Kind::object, true);
}

TEST(AppliedUpdate, FieldsKeepTheirPlaceOrMoveToTheEnd) {
  EXPECT_EQ(after(R"({"a":1,"b":2,"c":3})",
                  R"({"$v":2,"diff":{"d":{"c":false},"u":{"a":9,"n":5},"i":{"b":7}}})"),
            normal(R"({"a":9,"n":5,"b":7})"));
  EXPECT_EQ(after(R"({"a":1,"b":2})", R"({"$v":1,"$set":{"a":3,"c":4},"$unset":{"b":true}})"),
            normal(R"({"a":3,"c":4})"));
}

TEST(AppliedUpdate, ArraysAreCutPaddedAndPatched) {
  EXPECT_EQ(after(R"({"a":[1,2,3,4]})", R"({"$v":2,"diff":{"sa":{"a":true,"l":2,"u0":7}}})"),
            normal(R"({"a":[7,2]})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"a":true,"u3":5}}})"),
            normal(R"({"a":[1,null,null,5]})"));
  EXPECT_EQ(after(R"({"a":[1,2,3]})",
                  R"({"$v":1,"$set":{"a.4":5,"p.q.r":1},"$unset":{"a.1":true,"z":true}})"),
            normal(R"({"a":[1,null,3,null,5],"p":{"q":{"r":1}}})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":1,"$set":{"a.2.s":5}})"),
            normal(R"({"a":[1,null,{"s":5}]})"));
  EXPECT_EQ(
      after(R"({"l":[{"x":[1]},{"x":[2,3]}]})",
            R"({"$v":2,"diff":{"sl":{"a":true,"s1":{"sx":{"a":true,"u1":9}},"u2":{"x":[]}}}})"),
      normal(R"({"l":[{"x":[1]},{"x":[2,9]},{"x":[]}]})"));
}

TEST(AppliedUpdate, DigitsNameFieldsOfObjectsAndElementsOfArrays) {
  EXPECT_EQ(
      after(R"({"a":{"0":1},"b":[1]})", R"({"$v":1,"$set":{"a.0":2,"a.1":3,"b.0":4,"c.0":5}})"),
      normal(R"({"a":{"0":2,"1":3},"b":[4],"c":{"0":5}})"));
  EXPECT_EQ(after(R"({"a":{"0":1,"s1":{"u":1}}})",
                  R"({"$v":2,"diff":{"sa":{"d":{"0":false},"i":{"7":1},"ss1":{"u":{"u":2}}}}})"),
            normal(R"({"a":{"s1":{"u":2},"7":1}})"));
}

TEST(AppliedUpdate, ADeltaThatDoesNotFitLeavesNullOrNothing) {
  EXPECT_EQ(after(R"({"a":"text"})", R"({"$v":2,"diff":{"sa":{"u":{"b":1,"c":2}}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"a":{"0":1}})", R"({"$v":2,"diff":{"sa":{"a":true,"u0":1}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"x":1})", R"({"$v":2,"diff":{"sa":{"u":{"b":1}}}})"), normal(R"({"x":1})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"a":true,"s2":{"u":{"b":1}}}}})"),
            normal(R"({"a":[1,null,null]})"));
}

TEST(AppliedUpdate, BinariesAreSpliced) {
  EXPECT_EQ(
      after(
          R"({"f":{"$binary":{"base64":"YWJjZA==","subType":"07"}}})",
          R"({"$v":2,"diff":{"b":{"f":{"o":2,"d":{"$binary":{"base64":"eHl6","subType":"00"}}}}}})"),
      normal(R"({"f":{"$binary":{"base64":"YWJ4eXo=","subType":"07"}}})"));
}

TEST(AppliedUpdate, WhatItSetsIsKnownWhateverWasThere) {
  EXPECT_EQ(after(open_document(), R"({"$v":1,"$set":{"a":1,"p.q":2},"$unset":{"u":true}})"),
            shown(R"({"a":1,"p":{"q":2}})", "p.*, *"));
  EXPECT_EQ(
      after(
          open_document(),
          R"({"$v":2,"diff":{"d":{"g":false},"i":{"n":1},"sp":{"u":{"q":2}},"sl":{"a":true,"u2":5}}})"),
      shown(R"({"n":1,"p":{"q":2},"l":[null,null,5]})", "p.*, l.0, l.1, l.*, *"));
}

TEST(AppliedUpdate, DigitsInSomethingUnknownMayBeEither) {
  EXPECT_EQ(after(open_document(), R"({"$v":1,"$set":{"a.0":1,"b.0.x":2,"c":3}})"),
            shown(R"({"c":3})", "a, b, *"));
}

TEST(AppliedUpdate, AnArrayThatWasCutHasAKnownLength) {
  EXPECT_EQ(after(open_document(), R"({"$v":2,"diff":{"sl":{"a":true,"l":2,"u1":5}}})"),
            shown(R"({"l":[null,5]})", "l.0, *"));
}

TEST(AppliedUpdate, SentByHandItMayFitNothing) {
  EXPECT_EQ(
      after(open_document(), R"({"$v":2,"diff":{"u":{"a":1},"sp":{"u":{"q":2}}}})", Trust::by_hand),
      shown(R"({"a":1})", "p, *"));
}

TEST(AppliedUpdate, WhatNoServerStoresTakesNoMemory) {
  Value value = open_document();
  const auto o = doc(R"({"$v":2,"diff":{"sl":{"a":true,"l":2147483647}}})");
  EXPECT_TRUE(apply_update(value, o.view(), Trust::logged));
  EXPECT_EQ(text_of(value), shown("{}", "l, *"));
}

TEST(AppliedUpdate, UnknownOrDamagedIsSaid) {
  for (const char* update : {R"({"$v":3})", R"({"$v":2})", R"({"$v":1,"$inc":{"a":1}})",
                             R"({"$v":2,"diff":{"zz":{"a":1}}})"}) {
    Value value = open_document();
    const auto o = doc(update);
    EXPECT_FALSE(apply_update(value, o.view(), Trust::logged)) << update;
  }
}

}  // namespace
}  // namespace mongotail::state

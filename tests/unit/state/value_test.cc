#include "state/value.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "state/state_support.h"

namespace mongotail::state {
namespace {

using Kind = Value::Kind;

Value value(std::string_view json) {
  const auto document = doc(json);
  return Value::of(document.view());
}

TEST(KnownValue, ComesBackByteForByte) {
  for (const char* json :
       {R"({})", R"({"_id":1,"a":{"b":[1,{"c":null},[]]},"":{"$x.y":"z"}})",
        R"({"d":{"$date":"2026-01-01T00:00:00Z"},"r":{"$regex":"a","$options":"i"}})"}) {
    const auto document = doc(json);
    const auto described = describe(Value::of(document.view()));
    EXPECT_TRUE(std::ranges::equal(described.document.view().bytes(), document.view().bytes()));
    EXPECT_TRUE(described.unknown.empty());
  }
}

TEST(KnownValue, NamesWhatIsUnknownByItsPath) {
  Value partial = value(R"({"_id":1,"a":{"b":1},"l":[1,2,3],"m":[4]})");
  partial.find("a")->add("c", {});
  partial.find("a")->add("gone", Value::absent());
  partial.find("l")->fields[1].value = {};
  *partial.find("m") = Value::of(Kind::array, true);
  EXPECT_EQ(text_of(partial), shown(R"({"_id":1,"a":{"b":1},"l":[1,null,3]})", "a.c, l.1, m"));
  partial.open = partial.find("a")->open = partial.find("l")->open = true;
  EXPECT_EQ(text_of(partial),
            shown(R"({"_id":1,"a":{"b":1},"l":[1,null,3]})", "a.c, a.*, l.1, l.*, m, *"));
}

TEST(KnownValue, LearnsWhatItDidNotKnow) {
  Value known = Value::of(Kind::object, true);
  known.add("a", value(R"({"x":1})"));
  known.add("u", {});
  known.add("g", Value::absent());
  Value array = Value::of(Kind::array, true);
  array.fields.resize(1);
  known.add("l", array);
  ASSERT_TRUE(learn(known, value(R"({"a":{"x":1},"u":2,"l":[7,8],"n":3})")));
  EXPECT_EQ(text_of(known), shown(R"({"a":{"x":1},"u":2,"l":[7,8],"n":3})"));
}

TEST(KnownValue, SaysWhatContradictsIt) {
  const auto contradicts = [](std::string_view known, std::string_view more) {
    Value value_known = value(known);
    return !learn(value_known, value(more));
  };
  EXPECT_TRUE(contradicts(R"({"a":1})", R"({"a":2})"));
  EXPECT_TRUE(contradicts(R"({"a":1})", R"({"a":{"$numberLong":"1"}})"));
  EXPECT_TRUE(contradicts(R"({"a":1})", R"({})"));
  EXPECT_TRUE(contradicts(R"({})", R"({"a":1})"));
  EXPECT_TRUE(contradicts(R"({"a":[1]})", R"({"a":[1,2]})"));
  EXPECT_TRUE(contradicts(R"({"a":[1,2]})", R"({"a":[1]})"));
  EXPECT_TRUE(contradicts(R"({"a":[1]})", R"({"a":{"0":1}})"));
  EXPECT_FALSE(contradicts(R"({"a":[1,{"b":2}]})", R"({"a":[1,{"b":2}]})"));
  Value absent = Value::absent();
  EXPECT_FALSE(learn(absent, value(R"({})")));
}

TEST(KnownValue, OnlyCanonicalDigitsAreAnIndex) {
  EXPECT_EQ(index_of("0"), 0u);
  EXPECT_EQ(index_of("42"), 42u);
  for (const char* text : {"", "01", "-1", "1x", "99999999999", "$"}) {
    EXPECT_EQ(index_of(text), static_cast<std::size_t>(-1)) << text;
  }
}

}  // namespace
}  // namespace mongotail::state

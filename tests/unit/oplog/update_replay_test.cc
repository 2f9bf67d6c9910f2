#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "oplog/apply_changes.h"
#include "oplog/oplog_support.h"
#include "oplog/update_diff.h"
#include "random_seed.h"

namespace mongotail::oplog {
namespace {

std::string after(std::string_view before, std::string_view update) {
  const auto start = doc(before);
  const auto o = doc(update);
  const auto described = describe_update(o.view());
  EXPECT_TRUE(described) << update;
  if (!described) return "error";
  const auto result = apply_changes(start.view(), *described);
  return to_json(result.view());
}

std::string normal(std::string_view json) {
  const auto document = doc(json);
  return to_json(document.view());
}

TEST(AppliedChanges, FieldsKeepTheirPlaceOrMoveToTheEnd) {
  EXPECT_EQ(after(R"({"a":1,"b":2,"c":3})",
                  R"({"$v":2,"diff":{"d":{"c":false},"u":{"a":9,"n":5},"i":{"b":7}}})"),
            normal(R"({"a":9,"n":5,"b":7})"));
}

TEST(AppliedChanges, ArraysAreCutAndPadded) {
  EXPECT_EQ(after(R"({"a":[1,2,3,4]})", R"({"$v":2,"diff":{"sa":{"a":true,"l":2,"u0":7}}})"),
            normal(R"({"a":[7,2]})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"a":true,"l":3}}})"),
            normal(R"({"a":[1,null,null]})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"a":true,"u3":5}}})"),
            normal(R"({"a":[1,null,null,5]})"));
}

TEST(AppliedChanges, ASubDiffOverTheWrongTypeYieldsNullAndOverNothingNothing) {
  EXPECT_EQ(after(R"({"a":"text"})", R"({"$v":2,"diff":{"sa":{"u":{"b":1,"c":2}}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"u":{"0":1}}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"a":{"0":1}})", R"({"$v":2,"diff":{"sa":{"a":true,"u0":1}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"a":5})", R"({"$v":2,"diff":{"sa":{"a":true,"l":1}}})"),
            normal(R"({"a":null})"));
  EXPECT_EQ(after(R"({"x":1})", R"({"$v":2,"diff":{"sa":{"u":{"b":1}}}})"), normal(R"({"x":1})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":2,"diff":{"sa":{"a":true,"s2":{"u":{"b":1}}}}})"),
            normal(R"({"a":[1,null,null]})"));
}

TEST(AppliedChanges, BinariesAreSpliced) {
  const char* update =
      R"({"$v":2,"diff":{"b":{"f":{"o":2,"d":{"$binary":{"base64":"eHl6","subType":"00"}}}}}})";
  EXPECT_EQ(after(R"({"f":{"$binary":{"base64":"YWJjZA==","subType":"07"}}})", update),
            normal(R"({"f":{"$binary":{"base64":"YWJ4eXo=","subType":"07"}}})"));
  EXPECT_EQ(after(R"({"f":{"$binary":{"base64":"YQ==","subType":"07"}}})", update),
            normal(R"({"f":{"$binary":{"base64":"YQ==","subType":"07"}}})"));
}

TEST(AppliedChanges, ModifiersMakeParentsAndLeaveNullInArrays) {
  EXPECT_EQ(after(R"({"a":[1,2,3]})",
                  R"({"$v":1,"$set":{"a.4":5,"p.q.r":1},"$unset":{"a.1":true,"z":true}})"),
            normal(R"({"a":[1,null,3,null,5],"p":{"q":{"r":1}}})"));
  EXPECT_EQ(after(R"({"a":{"0":1}})", R"({"$set":{"a.0":2,"a.1":3}})"),
            normal(R"({"a":{"0":2,"1":3}})"));
  EXPECT_EQ(after(R"({"a":[1]})", R"({"$v":1,"$set":{"a.2.s":5}})"),
            normal(R"({"a":[1,null,{"s":5}]})"));
}

// Changes a random document at random and writes the delta that says so, in the grammar's order.
class RandomUpdate {
 public:
  explicit RandomUpdate(std::uint32_t seed) : random_(seed) {}

  Value document(int depth = 0) {
    Value value{bson::Type::document, {}, {}};
    for (int i = pick(5); i > 0; --i) {
      const std::string key = name();
      if (value.find(key) == nullptr) value.add(key, any(depth + 1));
    }
    return value;
  }

  void mutate_document(Value& value, bson::Builder& diff) {
    std::vector<std::string> removed, set, added, nested;
    for (const auto& field : value.fields) {
      const int what = pick(6);
      if (what == 0) removed.push_back(field.first);
      if (what == 1) set.push_back(field.first);
      if (what == 2) added.push_back(field.first);
      if (what == 3 && field.second.is_container()) nested.push_back(field.first);
    }
    if (value.find("fresh") == nullptr && pick(2) == 0) added.push_back("fresh");
    section(diff, "d", removed, [&](const std::string& key) {
      value.erase(key);
      diff.append(key, false);
    });
    section(diff, "u", set,
            [&](const std::string& key) { append(diff, key, *value.find(key) = any(3)); });
    section(diff, "i", added, [&](const std::string& key) {
      value.erase(key);
      value.add(key, any(3));
      append(diff, key, value.fields.back().second);
    });
    for (const auto& key : nested) mutate(*value.find(key), "s" + key, diff);
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string name() {
    constexpr const char* names[] = {"a", "s", "l", "u", "s1", "", "x.y", "$d", "0", "diff", "é"};
    return names[pick(11)];
  }

  Value any(int depth) {
    const int what = depth > 3 ? 0 : pick(4);
    if (what == 1) return document(depth);
    if (what == 2) {
      Value array{bson::Type::array, {}, {}};
      for (int i = pick(4); i > 0; --i) array.push_back(any(depth + 1));
      return array;
    }
    Value number{bson::Type::int32, {0, 0, 0, 0}, {}};
    number.bytes[0] = static_cast<std::uint8_t>(pick(256));
    return number;
  }

  template <typename Each>
  void section(bson::Builder& diff, std::string_view key, const std::vector<std::string>& fields,
               Each each) {
    if (fields.empty()) return;
    diff.open_document(key);
    for (const auto& field : fields) each(field);
    diff.close();
  }

  void mutate(Value& value, const std::string& key, bson::Builder& diff) {
    diff.open_document(key);
    value.is_array() ? mutate_array(value, diff) : mutate_document(value, diff);
    diff.close();
  }

  void mutate_array(Value& array, bson::Builder& diff) {
    diff.append("a", true);
    if (pick(3) == 0) {
      const auto length = static_cast<std::size_t>(pick(5));
      array.fields.resize(std::min(array.fields.size(), length));
      array.pad(length);
      diff.append("l", static_cast<std::int32_t>(length));
    }
    for (std::size_t i = 0; i < array.fields.size() + 2; ++i) {
      const int what = pick(4);
      if (what == 0) {
        array.pad(i + 1);
        append(diff, "u" + std::to_string(i), array.fields[i].second = any(3));
      } else if (what == 1 && i < array.fields.size() && array.fields[i].second.is_container()) {
        mutate(array.fields[i].second, "s" + std::to_string(i), diff);
      }
    }
  }

  std::mt19937 random_;
};

TEST(AppliedChanges, DeltasOfRandomDocumentsLeadFromBeforeToAfter) {
  const std::uint32_t seed = random_seed();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomUpdate random(seed);
  int cases = 0, changed = 0;
  for (; cases < 2000; ++cases) {
    Value value = random.document();
    const auto before = document_of(value);
    bson::Builder builder;
    builder.append("$v", 2).open_document("diff");
    random.mutate_document(value, builder);
    const auto update = builder.take();
    const auto described = describe_update(update.view());
    ASSERT_TRUE(described) << described.error().what << to_json(update.view());
    const auto expected = document_of(value);
    ASSERT_EQ(to_json(apply_changes(before.view(), *described).view()), to_json(expected.view()))
        << to_json(before.view()) << "\n"
        << to_json(update.view());
    if (to_json(before.view()) != to_json(expected.view())) ++changed;
  }
  EXPECT_EQ(cases, 2000);
  EXPECT_GT(changed, 1000);
}

}  // namespace
}  // namespace mongotail::oplog

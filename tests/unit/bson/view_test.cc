#include "bson/view.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "bson/all_types.h"
#include "random_seed.h"

namespace mongotail::bson {
namespace {

using testing::ElementsAre;

// Reads all that accessors give out, at every depth, so that a sanitizer sees each byte touched.
std::size_t touch(Document document, int depth = 0) {
  std::size_t sum = 0;
  const auto add = [&sum](Bytes bytes) {
    for (const std::uint8_t byte : bytes) sum += byte;
  };
  const auto add_text = [&sum](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  Reader reader(document);
  Element e;
  while (reader.next(e)) {
    add_text(e.key());
    add(e.value());
    sum += static_cast<std::size_t>(e.as_integer().value_or(0));
    sum += e.as_double().has_value() ? 1u : 0u;
    sum += e.as_bool().value_or(false) ? 1u : 0u;
    if (const auto v = e.as_timestamp()) sum += v->seconds + v->ordinal;
    if (const auto v = e.as_object_id()) add(v->bytes);
    if (const auto v = e.as_decimal128()) sum += v->high + v->low;
    if (const auto v = e.as_text()) add_text(*v);
    if (const auto v = e.as_binary()) add(v->data);
    if (const auto v = e.as_regex()) add_text(v->pattern), add_text(v->options);
    if (const auto v = e.as_container(); v && depth < 50) sum += touch(*v, depth + 1);
  }
  return sum + reader.offset();
}

// A copy in memory of exactly its size: one byte past its end is seen by a sanitizer.
std::vector<std::uint8_t> exact(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(View, EveryTypeIsReadByItsOwnAccessorAndNoOther) {
  const auto owned = document_of_all_types();
  const Document d = owned.view();
  EXPECT_EQ(d.find("double")->as_double(), 1.5);
  EXPECT_EQ(d.find("string")->as_text(), "text");
  EXPECT_EQ(d.find("int")->as_int32(), 7);
  EXPECT_EQ(d.find("long")->as_int64(), 8);
  EXPECT_EQ(d.find("true")->as_bool(), true);
  EXPECT_EQ(d.find("ts")->as_timestamp(), (Timestamp{9, 10}));
  EXPECT_EQ(d.find("doc")->as_document()->find("x")->as_int32(), 1);
  EXPECT_EQ(d.find("array")->as_array()->find("0")->as_text(), "first");
  EXPECT_EQ(d.find("regex")->as_regex()->pattern, "^a.*");
  EXPECT_EQ(d.find("regex")->as_regex()->options, "im");
  EXPECT_EQ(d.find("bin")->as_binary()->subtype, 5);
  EXPECT_THAT(d.find("bin")->as_binary()->data, ElementsAre('a', 'b', 'c'));
  EXPECT_EQ(d.find("oid")->as_object_id()->bytes[11], 12);
  EXPECT_EQ(d.find("date")->as_date(), 1);
  EXPECT_EQ(d.find("code")->as_text(), "x;");
  EXPECT_EQ(d.find("symbol")->as_text(), "s");
  EXPECT_EQ(d.find("decimal")->as_decimal128()->high, 0x3040000000000000u);
  EXPECT_EQ(d.find("decimal")->as_decimal128()->low, 1u);

  std::set<Type> types;
  for (const Element& e : d) {
    types.insert(e.type());
    const int understood =
        e.as_double().has_value() + e.as_int32().has_value() + e.as_int64().has_value() +
        e.as_bool().has_value() + e.as_date().has_value() + e.as_timestamp().has_value() +
        e.as_object_id().has_value() + e.as_decimal128().has_value() + e.as_text().has_value() +
        e.as_binary().has_value() + e.as_regex().has_value() + e.as_document().has_value() +
        e.as_array().has_value();
    EXPECT_LE(understood, 1) << e.key();
  }
  EXPECT_EQ(types.size(), 21u);
  EXPECT_FALSE(validate(d));
}

TEST(View, IntegersAreWhateverIsWholeAndFits) {
  const auto integer = [](auto value) {
    const auto d = Builder().append("v", value).take();
    return d.view().find("v")->as_integer();
  };
  EXPECT_EQ(integer(5), 5);
  EXPECT_EQ(integer(std::int64_t{1} << 60), std::int64_t{1} << 60);
  EXPECT_EQ(integer(-3.0), -3);
  EXPECT_EQ(integer(3.5), std::nullopt);
  EXPECT_EQ(integer(-0x1p63), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer(0x1p63), std::nullopt);
  EXPECT_EQ(integer(std::nan("")), std::nullopt);
  EXPECT_EQ(integer(std::numeric_limits<double>::infinity()), std::nullopt);
  EXPECT_EQ(integer("5"), std::nullopt);
}

TEST(View, FromTakesOnlyAFrameThatLiesWithinTheBytes) {
  const auto from = [](std::vector<std::uint8_t> bytes) {
    return Document::from(bytes).has_value();
  };
  EXPECT_TRUE(from({5, 0, 0, 0, 0}));
  EXPECT_TRUE(from({5, 0, 0, 0, 0, 99}));
  EXPECT_FALSE(from({}));
  EXPECT_FALSE(from({5, 0, 0, 0}));
  EXPECT_FALSE(from({4, 0, 0, 0, 0}));
  EXPECT_FALSE(from({6, 0, 0, 0, 0}));
  EXPECT_FALSE(from({5, 0, 0, 0, 1}));
  EXPECT_FALSE(from({255, 255, 255, 255, 0}));
}

TEST(View, TheEmptyViewHasNoFields) {
  const Document none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.find("a"));
  EXPECT_FALSE(none.first());
  EXPECT_TRUE(none.begin() == none.end());
  EXPECT_FALSE(validate(none));
  EXPECT_FALSE(Reader(none).damaged());
}

TEST(View, ATypeThatBsonDoesNotHaveIsDamage) {
  for (int type = 0; type < 256; ++type) {
    std::vector<std::uint8_t> bytes = {8, 0, 0, 0, static_cast<std::uint8_t>(type), 'k', 0, 0};
    const auto document = Document::from(bytes);
    ASSERT_TRUE(document);
    Reader reader(*document);
    Element element;
    const bool without_value = type == 0x06 || type == 0x0A || type == 0x7F || type == 0xFF;
    EXPECT_EQ(reader.next(element), without_value) << type;
    EXPECT_EQ(reader.damaged(), !without_value) << type;
  }
}

TEST(View, AKeyWithoutAnEndIsDamage) {
  std::vector<std::uint8_t> bytes = {9, 0, 0, 0, 0x0A, 'k', 'e', 'y', 0};
  Reader reader(*Document::from(bytes));
  Element element;
  EXPECT_FALSE(reader.next(element));
  EXPECT_TRUE(reader.damaged());
  EXPECT_EQ(reader.offset(), 4u);
}

TEST(View, EveryTruncationIsRefusedOrFoundDamaged) {
  const auto owned = document_of_all_types();
  const Bytes whole = owned.view().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::vector<std::uint8_t> cut = exact(whole.first(size));
    EXPECT_FALSE(Document::from(cut));
    if (size < 5) continue;
    // With the frame mended, the fields within are still cut.
    const auto length = static_cast<std::int32_t>(size);
    std::memcpy(cut.data(), &length, sizeof length);
    cut.back() = 0;
    const auto document = Document::from(cut);
    ASSERT_TRUE(document);
    touch(*document);
    validate(*document);
  }
}

TEST(View, NoFlippedByteLeadsOutOfBounds) {
  const auto owned = document_of_all_types();
  const Bytes whole = owned.view().bytes();
  int found = 0, cases = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value, ++cases) {
      std::vector<std::uint8_t> bytes = exact(whole);
      bytes[at] = static_cast<std::uint8_t>(value);
      const auto document = Document::from(bytes);
      if (!document) continue;
      touch(*document);
      if (validate(*document)) ++found;
    }
  }
  EXPECT_EQ(cases, static_cast<int>(whole.size()) * 256);
  EXPECT_GT(found, 1000);
}

TEST(View, RandomDamageNeverLeadsOutOfBounds) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto owned = document_of_all_types();
  int cases = 0;
  for (; cases < 20'000; ++cases) {
    std::vector<std::uint8_t> bytes = exact(owned.view().bytes());
    for (auto flips = 1 + random() % 8; flips > 0; --flips) {
      bytes[4 + random() % (bytes.size() - 5)] = static_cast<std::uint8_t>(random() % 24);
    }
    touch(*Document::from(bytes));
    validate(*Document::from(bytes));
  }
  EXPECT_EQ(cases, 20'000);
}

TEST(Validate, NamesTheByteOfDamageAtAnyDepth) {
  const auto owned = Builder().append("a", 1).open_document("b").append("t", true).close().take();
  std::vector<std::uint8_t> bytes = exact(owned.view().bytes());
  // {size 4}{10 'a' 0 + 4}{03 'b' 0 + size 4}{08 't' 0, value}
  constexpr std::size_t field = 4 + 7 + 3 + 4;
  ASSERT_EQ(bytes[field], 0x08);
  bytes[field + 3] = 7;
  const auto damage = validate(*Document::from(bytes));
  ASSERT_TRUE(damage);
  EXPECT_EQ(damage->offset, field);
}

TEST(Validate, LooksIntoTheScopeOfCode) {
  Builder b;
  append_raw(b, Type::code_with_scope, "c",
             {22, 0, 0, 0, 2, 0, 0, 0, 'f', 0, 12, 0, 0, 0, 0x55, 'v', 0, 1, 0, 0, 0, 0});
  EXPECT_TRUE(validate(b.take().view()));
}

TEST(Validate, AllowsWhatServersStoreAndRefusesDeeperNesting) {
  const auto nested = [](int levels) {
    Builder b;
    for (int i = 1; i < levels; ++i) b.open_document("d");
    return b.take();
  };
  EXPECT_FALSE(validate(nested(180).view()));
  EXPECT_TRUE(validate(nested(max_depth + 2).view()));
  EXPECT_TRUE(validate(nested(100'000).view()));
}

}  // namespace
}  // namespace mongotail::bson

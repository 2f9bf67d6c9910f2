#include "tail/namespace_tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "bson/builder.h"
#include "scripted_source.h"

namespace mongotail::tail {
namespace {

using testing::ElementsAre;
using testing::Pair;

bson::OwnedDocument entry(const char* op, const char* ns) {
  bson::Builder builder;
  builder.append("ts", bson::Timestamp{1, 1}).append("op", op).append("ns", ns);
  builder.open_document("o").append("_id", 1).close();
  return builder.take();
}

bson::OwnedDocument transaction(std::initializer_list<const char*> namespaces) {
  bson::Builder builder;
  builder.append("ts", bson::Timestamp{1, 1}).append("op", "c").append("ns", "admin.$cmd");
  builder.open_document("o").open_array("applyOps");
  int index = 0;
  for (const char* ns : namespaces) {
    builder.open_document(std::to_string(index++)).append("op", "i").append("ns", ns).close();
  }
  builder.close().close();
  return builder.take();
}

TEST(NamespaceTally, CountsEntriesUnderTheNamespacesOfTheirOperations) {
  NamespaceTally tally;
  for (int i = 0; i < 3; ++i) tally.add(entry("i", "shop.carts").view());
  tally.add(transaction({"shop.orders", "shop.carts", "shop.orders"}).view());
  tally.add(entry("n", "").view());
  const auto seen = tally.seen();
  EXPECT_EQ(seen.entries, 4U);
  EXPECT_THAT(seen.namespaces, ElementsAre(Pair("shop.carts", 4U), Pair("shop.orders", 1U)));
}

TEST(NamespaceTally, CountsACommandUnderTheCollectionItNames) {
  bson::Builder builder;
  builder.append("ts", bson::Timestamp{1, 1}).append("op", "c").append("ns", "shop.$cmd");
  builder.open_document("o").append("drop", "orders").close();
  NamespaceTally tally;
  tally.add(builder.take().view());
  EXPECT_THAT(tally.seen().namespaces, ElementsAre(Pair("shop.orders", 1U)));
}

TEST(NamespaceTally, IsBounded) {
  NamespaceTally tally;
  for (int i = 0; i < 1'500; ++i) tally.add(entry("i", ("a.c" + std::to_string(i)).c_str()).view());
  EXPECT_EQ(tally.seen().entries, 1'500U);
  EXPECT_EQ(tally.seen().namespaces.size(), 1'000U);
}

TEST(NamespaceTally, CountsNoFurtherOnceItIsStopped) {
  constexpr std::string_view entry =
      R"({"ts":{"$timestamp":{"t":1,"i":1}},"op":"i","ns":"a.b","o":{}})";
  const auto tally = std::make_shared<NamespaceTally>();
  TalliedSource source(script(batch_of({entry, entry}), batch_of({entry})), tally);
  ASSERT_TRUE(source.next());
  EXPECT_EQ(tally->seen().entries, 2U);
  tally->stop();
  const auto batch = source.next();
  ASSERT_TRUE(batch && *batch);
  EXPECT_EQ((*batch)->entries.size(), 1U);
  EXPECT_EQ(tally->seen().entries, 2U);
}

}  // namespace
}  // namespace mongotail::tail

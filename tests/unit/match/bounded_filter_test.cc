#include "match/bounded_filter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "match/entries.h"
#include "match/mql.h"

namespace mongotail::match {
namespace {

std::string filter_text(const Selection& wish, const Selection& bound) {
  const auto filter = bounded_filter(wish, bound);
  return filter ? bson::to_text(filter->view()) : filter.error().what;
}

Selection everything() {
  Selection selection;
  selection.internal = true;
  selection.ops.noop = true;
  return selection;
}

Selection ns_selection(std::string_view pattern) {
  Selection selection;
  selection.ns = {std::string(pattern)};
  return selection;
}

bool lets_through(const Selection& wish, const Selection& bound, const char* entry) {
  Effort effort(std::chrono::seconds(60));
  return Mql::parse(bounded_filter(wish, bound)->view())->matches(doc(entry).view(), effort);
}

constexpr const char* user = R"({"op":"i","ns":"admin.system.users","o":{"_id":"admin.a"}})";
constexpr const char* session = R"({"op":"i","ns":"config.settings","o":{"_id":1}})";
constexpr const char* order = R"({"op":"i","ns":"shop.orders","o":{"_id":1}})";
constexpr const char* create = R"({"op":"c","ns":"config.$cmd","o":{"create":"x"}})";

TEST(BoundedFilter, WhatIsWishedOfContentsIsNotSent) {
  Selection wish;
  wish.query = doc(R"({"o.key":{"$gt":"secret"}})");
  wish.changed = {"key"};
  EXPECT_EQ(filter_text(wish, everything()), filter_text({}, everything()));
  EXPECT_EQ(filter_text(wish, ns_selection({"app.pub"})),
            filter_text({}, ns_selection({"app.pub"})));
}

TEST(BoundedFilter, TheWishedNamespacesNarrowTheBound) {
  const Selection bound = ns_selection({"shop"});
  EXPECT_TRUE(lets_through({}, bound, order));
  EXPECT_TRUE(lets_through(ns_selection({"shop.orders"}), bound, order));
  EXPECT_FALSE(lets_through(ns_selection({"shop.carts"}), bound, order));
  EXPECT_FALSE(lets_through(ns_selection({"app.orders"}), bound, order));
}

TEST(BoundedFilter, HiddenNamespacesAreNotSentWhateverIsWished) {
  for (const Selection& wish : {Selection(), everything(), ns_selection({"admin.system.users"})}) {
    EXPECT_FALSE(lets_through(wish, {}, user));
    EXPECT_FALSE(lets_through(wish, {}, session));
    EXPECT_TRUE(lets_through(wish, {}, create)) << "commands are judged by what they name";
  }
  EXPECT_TRUE(lets_through({}, {}, order));
  EXPECT_TRUE(lets_through({}, everything(), user));
  EXPECT_TRUE(lets_through({}, ns_selection({"admin.system.users"}), user));
}

TEST(BoundedFilter, NothingIsSentWhereNothingIsWishedOrHidden) {
  EXPECT_EQ(filter_text(everything(), everything()), "{ }");
}

}  // namespace
}  // namespace mongotail::match

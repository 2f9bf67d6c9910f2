#include "state/subject.h"

#include <gtest/gtest.h>

#include "state/state_support.h"

namespace mongotail::state {
namespace {

Event event(std::string_view json) {
  const auto id = doc(R"({"v":1})");
  const auto document = doc(json);
  return Subject("shop.orders", id.view()).event_of(oplog::parse_entry(document));
}

TEST(OneDocument, IsMeantByItsNamespaceAndId) {
  EXPECT_EQ(event(R"({"op":"i","ns":"shop.orders","o":{"_id":1}})"), Event::whole);
  EXPECT_EQ(event(R"({"op":"i","ns":"shop.orders","o":{"_id":1.0}})"), Event::whole);
  EXPECT_EQ(event(R"({"op":"u","ns":"shop.orders","o2":{"_id":1},"o":{"_id":1,"$v":2}})"),
            Event::whole);
  EXPECT_EQ(event(R"({"op":"u","ns":"shop.orders","o2":{"_id":1},"o":{"$v":2,"diff":{}}})"),
            Event::update);
  EXPECT_EQ(event(R"({"op":"d","ns":"shop.orders","o":{"_id":1}})"), Event::gone);
  EXPECT_EQ(event(R"({"op":"d","ns":"shop.orders","o":{"_id":2}})"), Event::none);
  EXPECT_EQ(event(R"({"op":"d","ns":"shop.other","o":{"_id":1}})"), Event::none);
  EXPECT_EQ(event(R"({"op":"n","ns":"shop.orders","o":{"_id":1}})"), Event::none);
}

TEST(OneDocument, GoesWithItsCollection) {
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"drop":"orders"}})"), Event::gone);
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"drop":"other"}})"), Event::none);
  EXPECT_EQ(event(R"({"op":"c","ns":"store.$cmd","o":{"drop":"orders"}})"), Event::none);
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"dropDatabase":1}})"), Event::gone);
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"emptycapped":"orders"}})"), Event::gone);
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"collMod":"orders"}})"), Event::none);
  EXPECT_EQ(
      event(R"({"op":"c","ns":"shop.$cmd","o":{"renameCollection":"shop.orders","to":"shop.x"}})"),
      Event::gone);
  EXPECT_EQ(
      event(R"({"op":"c","ns":"shop.$cmd","o":{"renameCollection":"shop.x","to":"shop.orders"}})"),
      Event::renewed);
  EXPECT_EQ(event(R"({"op":"c","ns":"shop.$cmd","o":{"renameCollection":"shop.x","to":"shop.y"}})"),
            Event::none);
}

}  // namespace
}  // namespace mongotail::state

#include "mongo/member_state.h"

#include <gtest/gtest.h>

#include "bson/extended_json.h"

namespace mongotail::mongo {
namespace {

MemberState state(std::string_view hello) {
  return MemberState::from(bson::parse_document(hello)->view());
}

constexpr std::string_view healthy_primary = R"({
  "isWritablePrimary": true, "secondary": false, "setName": "rs0", "primary": "a:1",
  "lastWrite": {"opTime": {"ts": {"$timestamp": {"t": 9, "i": 1}}, "t": 1},
                "majorityOpTime": {"ts": {"$timestamp": {"t": 9, "i": 1}}, "t": 1}}})";

constexpr std::string_view stalled_primary = R"({
  "isWritablePrimary": true, "secondary": false, "setName": "rs0", "primary": "a:1",
  "lastWrite": {"opTime": {"ts": {"$timestamp": {"t": 9, "i": 5}}, "t": 1},
                "majorityOpTime": {"ts": {"$timestamp": {"t": 9, "i": 1}}, "t": 1}}})";

TEST(MemberState, ReadsWhatHelloSays) {
  const MemberState now = state(stalled_primary);
  EXPECT_TRUE(now.in_set && now.primary && now.knows_primary);
  EXPECT_FALSE(now.secondary);
  EXPECT_EQ(now.newest, (bson::Timestamp{9, 5}));
  EXPECT_EQ(now.majority, (bson::Timestamp{9, 1}));
}

TEST(MemberState, AHealthyMemberHasNoReasonForSilence) {
  EXPECT_EQ(reason_for_silence(state(healthy_primary), state(healthy_primary)), std::nullopt);
  EXPECT_FALSE(should_leave(state(healthy_primary), false));
}

TEST(MemberState, AMajorityThatStandsStillBehindTheNewestEntryIsAReason) {
  const MemberState now = state(stalled_primary);
  EXPECT_EQ(reason_for_silence(now, std::nullopt), std::nullopt) << "one look proves nothing";
  ASSERT_TRUE(reason_for_silence(now, now));
  EXPECT_NE(reason_for_silence(now, now)->find("majority"), std::string::npos);
  EXPECT_FALSE(should_leave(now, false));
}

TEST(MemberState, ASetWithoutAPrimaryIsAReason) {
  EXPECT_TRUE(reason_for_silence(state(R"({"setName": "rs0", "secondary": true})"), {}));
}

TEST(MemberState, AMemberOutsideItsSetIsLeft) {
  const MemberState alone = state(R"({"ismaster": true})");
  EXPECT_TRUE(reason_for_silence(alone, {}));
  EXPECT_TRUE(should_leave(alone, false));
}

TEST(MemberState, ARecoveringMemberIsLeft) {
  EXPECT_TRUE(
      should_leave(state(R"({"setName": "rs0", "ismaster": false, "secondary": false})"), false));
}

TEST(MemberState, AFormerPrimaryThatIsCutOffFromItsSetIsLeftWhereThereIsAnother) {
  EXPECT_TRUE(should_leave(state(stalled_primary), true));
  const MemberState stepped_down = state(R"({"setName": "rs0", "secondary": true})");
  EXPECT_TRUE(should_leave(stepped_down, true));
  EXPECT_FALSE(should_leave(stepped_down, false));
}

TEST(MemberState, ASecondaryOfThePrimaryIsNotLeft) {
  const MemberState secondary =
      state(R"({"setName": "rs0", "secondary": true, "primary": "db1:27017"})");
  EXPECT_FALSE(should_leave(secondary, true));
}

}  // namespace
}  // namespace mongotail::mongo

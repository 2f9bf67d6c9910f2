#include "mongo/entry_lookup.h"

#include <gmock/gmock.h>

#include "oplog/entry.h"
#include "scripted_set.h"

namespace mongotail::mongo {
namespace {

using oplog::OpTime;
using std::chrono::milliseconds;

constexpr OpTime wanted{{5, 1}, 2};

/// A look-up beside a stream that reads the first member.
class Lookup : public testing::Test {
 protected:
  Lookup() : members(3) {
    for (auto& member : members) {
      member.oplog = {at(1, 1), wanted, at(6, 2)};
      member.address = "db";
    }
    current->set(1);
  }

  void lacks(std::size_t number, std::vector<OpTime> oplog, bool set_begins = true) {
    members[number - 1].oplog = std::move(oplog);
    members[number - 1].set_begins = set_begins;
  }
  void all_lack(const std::vector<OpTime>& oplog, bool set_begins = true) {
    for (std::size_t number = 1; number <= members.size(); ++number) {
      lacks(number, oplog, set_begins);
    }
  }

  Result<std::optional<bson::OwnedDocument>> find() {
    OplogLookup lookup(std::make_unique<ScriptedSet>(members, 2), current, said, stop.get_token(),
                       hardly_any);
    return lookup.find_entry(wanted);
  }
  bool found() {
    const auto entry = find();
    return entry && *entry && oplog::Entry::parse((*entry)->view())->optime == wanted;
  }

  std::deque<ScriptedMember> members;
  std::shared_ptr<CurrentMember> current = std::make_shared<CurrentMember>();
  Said said;
  std::stop_source stop;
};

TEST_F(Lookup, AsksTheMemberThatTheStreamReads) {
  lacks(2, {at(1, 1)});
  lacks(3, {at(1, 1)});
  EXPECT_TRUE(found());
}

TEST_F(Lookup, AsksTheOthersForWhatThatOneLacks) {
  lacks(1, {at(6, 2)}, false);
  lacks(2, {at(1, 1)});
  EXPECT_TRUE(found());
}

TEST_F(Lookup, AsksTheOthersWhileThatOneDoesNotAnswer) {
  members[0].reachable = false;
  lacks(2, {at(1, 1)});
  EXPECT_TRUE(found());
}

TEST_F(Lookup, WaitsForAMemberThatIsBehind) {
  all_lack({at(1, 1)});
  said.after_warning = [this] { members[0].oplog.push_back(wanted); };
  EXPECT_TRUE(found());
  EXPECT_THAT(
      said.warnings,
      testing::ElementsAre(testing::HasSubstr("has no entry at 5:1 (1970-01-01 00:00:05Z) yet")));
}

TEST_F(Lookup, WhatIsCutOffEverywhereIsGone) {
  all_lack({at(6, 2)}, false);
  const auto entry = find();
  EXPECT_TRUE(entry && !*entry);
}

TEST_F(Lookup, AMemberThatKeepsSilentIsGivenTimeToAnswer) {
  lacks(1, {at(6, 2)}, false);
  lacks(2, {at(6, 2)}, false);
  members[2].heard = false;
  const auto begun = std::chrono::steady_clock::now();
  const auto entry = find();
  EXPECT_TRUE(entry && !*entry);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, hardly_any.with_the_silent);
}

TEST_F(Lookup, WhatTheSetWentOnWithoutWasRolledBack) {
  all_lack({at(1, 1), at(5, 3), at(6, 3)});
  const auto entry = find();
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().cause, Cause::rolled_back);
}

}  // namespace
}  // namespace mongotail::mongo

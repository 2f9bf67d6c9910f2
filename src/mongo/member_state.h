#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bson/types.h"
#include "bson/view.h"

namespace mongotail::mongo {

/// What a member's `hello` says about whether its oplog moves. A tail falls silent without an error
/// when a majority stalls, or when its member is removed, restarted alone, or syncs afresh (seen on
/// 4.2 to 6.0).
struct MemberState {
  bool in_set = false;  ///< it has a set name
  bool primary = false;
  bool secondary = false;
  bool knows_primary = false;
  bson::Timestamp newest;    ///< lastWrite.opTime
  bson::Timestamp majority;  ///< lastWrite.majorityOpTime
  std::uint32_t clock = 0;   ///< localTime in Unix seconds; 0 if unknown

  static MemberState from(bson::Document hello);
};

/// Why no entries may come although there are writes, in a sentence; nullopt if all is well. A
/// majority counts as stalled where it stands where `before` saw it, behind the newest entry.
std::optional<std::string> reason_for_silence(const MemberState& now,
                                              const std::optional<MemberState>& before);

/// Whether another member would serve the stream better. `another_is_primary`: the driver sees one,
/// so a member that knows of none, or holds itself to be it, is cut off from its set.
bool should_leave(const MemberState& state, bool another_is_primary);

}  // namespace mongotail::mongo

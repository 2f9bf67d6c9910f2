#include "mongo/member_state.h"

#include <fmt/format.h>

#include "mongo/reply_fields.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

bson::Timestamp last_write(bson::Document hello, std::string_view key) {
  const auto outer = hello.find("lastWrite");
  const auto writes = outer ? outer->as_document() : std::nullopt;
  const auto field = writes ? writes->find(key) : std::nullopt;
  const auto inner = field ? field->as_document() : std::nullopt;
  const auto optime = inner ? oplog::parse_optime(*inner) : std::nullopt;
  return optime ? optime->ts : bson::Timestamp{};
}

}  // namespace

MemberState MemberState::from(bson::Document hello) {
  MemberState state;
  state.in_set = hello.find("setName").has_value();
  state.primary = is_primary(hello);
  state.secondary = flag(hello, "secondary");
  state.knows_primary = hello.find("primary").has_value();
  state.newest = last_write(hello, "opTime");
  state.majority = last_write(hello, "majorityOpTime");
  const auto clock = hello.find("localTime");
  const auto millis = clock ? clock->as_date() : std::nullopt;
  if (millis && *millis > 0) state.clock = static_cast<std::uint32_t>(*millis / 1000);
  return state;
}

std::optional<std::string> reason_for_silence(const MemberState& now,
                                              const std::optional<MemberState>& before) {
  if (!now.in_set) return "it is no longer a member of a replica set";
  if (!now.primary && !now.secondary) {
    return "it is neither primary nor secondary (starting, in initial sync, or removed)";
  }
  if (!now.knows_primary) return "the set has no primary, so nothing can be written";
  if (before && now.majority == before->majority && now.majority < now.newest) {
    return fmt::format(
        "a majority of the set has confirmed nothing since {}, and what is newer is held back; "
        "check the other members, or use --read-concern local",
        oplog::with_time(now.majority));
  }
  return std::nullopt;
}

bool should_leave(const MemberState& state, bool another_is_primary) {
  if (!state.in_set || (!state.primary && !state.secondary)) return true;
  return another_is_primary && (state.primary || !state.knows_primary);
}

}  // namespace mongotail::mongo

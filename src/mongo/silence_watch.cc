#include "mongo/silence_watch.h"

#include <fmt/format.h>

#include "mongo/oplog_reader.h"

namespace mongotail::mongo {
namespace {

// A healthy primary that is idle writes a no-op every 10 s, so a longer silence needs a reason. A
// filter hides the no-ops; then the question costs one hello in that time.
constexpr std::chrono::seconds silence_before_question{25};

}  // namespace

void SilenceWatch::heard() {
  heard_at_ = Clock::now();
  state_ = std::nullopt;
  said_.clear();
}

Status SilenceWatch::check(OplogReader& reader) {
  if (Clock::now() - heard_at_ < silence_before_question) return {};
  heard_at_ = Clock::now();
  const auto state = reader.state();
  if (!state) return fail(state.error());
  const auto reason = reason_for_silence(*state, state_);
  state_ = *state;
  if (should_leave(*state, reader.another_is_primary())) {
    return fail(Cause::connection, fmt::format("{} is silent: {}", reader.address(),
                                               reason.value_or("another member is primary")));
  }
  // Once for each reason, however long it lasts.
  if (reason && *reason != said_) {
    reporter_.warning(fmt::format("{} is silent: {}", reader.address(), *reason));
  }
  said_ = reason.value_or("");
  return {};
}

}  // namespace mongotail::mongo

#pragma once

#include <chrono>

namespace mongotail::mongo {

/// How long a stream waits for what may still change.
struct Patience {
  /// Between the first attempts to reach a server.
  std::chrono::milliseconds first_retry{100};
  /// With members that don't answer, before history is called lost: an election, or the restart of
  /// a member, is over by then.
  std::chrono::milliseconds with_the_silent{10'000};
};

}  // namespace mongotail::mongo

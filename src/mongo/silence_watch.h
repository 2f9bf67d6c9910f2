#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/reporter.h"
#include "base/result.h"
#include "mongo/member_state.h"

namespace mongotail::mongo {

class OplogReader;

/// Asks a member that has sent no entry for long whether its oplog still moves, and says so where
/// it does not: such a stream falls silent without an error. `reporter` must outlive this object.
class SilenceWatch {
 public:
  explicit SilenceWatch(Reporter& reporter) : reporter_(reporter) {}

  /// An entry came.
  void heard();

  /// Costs one hello after each 25 s of silence, else nothing. Cause::connection: another member
  /// would serve the stream better.
  Status check(OplogReader& reader);

 private:
  using Clock = std::chrono::steady_clock;

  Reporter& reporter_;
  Clock::time_point heard_at_ = Clock::now();  // of an entry, or of an answer about silence
  std::optional<MemberState> state_;
  std::string said_;
};

}  // namespace mongotail::mongo

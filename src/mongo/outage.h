#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/reporter.h"
#include "bson/types.h"

namespace mongotail::mongo {

class OplogReader;

/// What is said of lost connections: one line when one is lost, one when it is back, however many
/// attempts lie between. `reporter` must outlive this object.
class Outage {
 public:
  explicit Outage(Reporter& reporter) : reporter_(reporter) {}

  bool lasts() const { return since_.has_value(); }

  /// An attempt failed. `perhaps_slow`: it may just have been a read that asked for too much; then
  /// it is called a loss only if the next attempt fails too.
  void failed(const std::string& what, bool perhaps_slow);

  /// An attempt worked; the stream resumes at `ts`.
  void over(const OplogReader& reader, bson::Timestamp ts);

 private:
  using Clock = std::chrono::steady_clock;

  void say(const std::string& what);

  Reporter& reporter_;
  std::optional<Clock::time_point> since_;
  std::optional<std::string> unsaid_;
};

}  // namespace mongotail::mongo

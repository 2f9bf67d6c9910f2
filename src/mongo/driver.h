#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/reporter.h"

namespace mongotail::mongo {

/// libmongoc's process-wide part: initialised for the life of this object, of which there is one.
/// What libmongoc logs goes to the reporter's details (-v) instead of stderr, and the newest lines
/// are kept, for some reasons of failures stand only there.
class Driver {
 public:
  /// `reporter` must outlive this object.
  explicit Driver(Reporter& reporter);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();

  /// The newest warnings and errors that libmongoc logged since the last call, oldest first.
  std::vector<std::string> take_log();
  /// For the log handler.
  void keep(std::string line, bool serious);

  /// "1.23.1"
  static std::string version();

 private:
  Reporter& reporter_;
  std::mutex mutex_;
  std::deque<std::string> lines_;
};

}  // namespace mongotail::mongo

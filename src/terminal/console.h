#pragma once

#include <string>
#include <string_view>

#include "base/reporter.h"
#include "terminal/status_area.h"

namespace mongotail::terminal {

/// stderr: one line a message, safe for a terminal and without the logins of connection strings.
/// Thread-safe, except configure().
class Console final : public Reporter {
 public:
  struct Options {
    bool verbose = false;
    bool quiet = false;
    bool notices = false;  ///< a person watches
  };

  Console() = default;
  void configure(const Options& options) { options_ = options; }
  /// Redrawn on the same terminal.
  StatusArea& status() { return status_; }

  void detail(std::string_view what) override;
  void notice(std::string_view what) override;
  void requested(std::string_view what) override;
  void warning(std::string_view what) override;
  void error(const Error& error) override;

 private:
  void print(std::string_view prefix, std::string_view what);

  Options options_;
  StatusArea status_;
};

}  // namespace mongotail::terminal

#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/reporter.h"

namespace mongotail::app {

/// stderr: one line a message, safe for a terminal. Thread-safe.
class Console final : public Reporter {
 public:
  struct Options {
    bool verbose = false;
    bool quiet = false;
    bool notices = false;  ///< a person watches
  };

  Console() = default;
  void configure(Options options);

  void detail(std::string_view what) override;
  void notice(std::string_view what) override;
  void requested(std::string_view what) override;
  void warning(std::string_view what) override;
  void error(const Error& error) override;

 private:
  void print(std::string_view prefix, std::string_view what);

  std::mutex mutex_;
  Options options_;
};

}  // namespace mongotail::app

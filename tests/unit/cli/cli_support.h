#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/options.h"

namespace mongotail::cli {

using Words = std::vector<std::string>;

inline Result<Invocation> parse(const Words& words) {
  return parse_options(words);
}

inline std::vector<Flag> flags_of(Invocation::Command command) {
  std::vector<Flag> all;
  for (const Flag& flag : flags()) {
    if (flag.is_of(command)) all.push_back(flag);
  }
  return all;
}

/// A pipeline's environment: no terminals, no variables.
inline Result<Config> config_of(const Words& words, const Environment& environment = {}) {
  auto invocation = parse(words);
  if (!invocation) return fail(invocation.error());
  return resolve(*invocation, environment);
}

/// The error of the command line, as it is printed; a failed expectation where it has none.
inline Error error_of(const Words& words, const Environment& environment = {}) {
  auto config = config_of(words, environment);
  if (config) {
    ADD_FAILURE() << "accepted: " << testing::PrintToString(words);
    return {Cause::internal, "", ""};
  }
  const Error error = pointing_to_help(config.error(), Invocation::Command::tail);
  EXPECT_FALSE(error.what.empty());
  EXPECT_FALSE(error.hint.empty());
  return error;
}

/// A time zone, for the time of its life. `name` as in TZ.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    set(name);
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() {
    if (before_) {
      set(before_->c_str());
    } else {
      ::unsetenv("TZ");
      ::tzset();
    }
  }

 private:
  static void set(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }

  std::optional<std::string> before_;
};

/// A file with that text, gone at the end of its life.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) : path_(testing::TempDir() + "mongotail-XXXXXX") {
    const int fd = ::mkstemp(path_.data());
    if (fd >= 0) ::close(fd);
    std::ofstream(path_) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace mongotail::cli

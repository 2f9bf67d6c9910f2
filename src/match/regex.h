#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mongotail::match {

/// A regular expression as the server's: PCRE in UTF mode, compiled once. Not thread-safe.
class Regex {
 public:
  /// `options` of `imsx`. Cause::usage where the pattern does not compile or an option is unknown.
  static Result<Regex> compile(std::string_view pattern, std::string_view options);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  /// Whether it is found anywhere in `text`. False also where `text` is not UTF-8, and where the
  /// search takes more than PCRE's match_limit steps: a pattern that backtracks without end must
  /// not stop the stream. (The server has a limit as well, but not the same.)
  bool found_in(std::string_view text) const;

  static constexpr std::uint32_t match_limit = 1'000'000;

  const std::string& pattern() const { return pattern_; }
  const std::string& options() const { return options_; }

 private:
  struct Compiled;
  Regex(std::string_view pattern, std::string_view options, std::unique_ptr<Compiled> compiled);

  std::string pattern_;
  std::string options_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mongotail::match

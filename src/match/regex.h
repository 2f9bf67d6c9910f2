#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "match/effort.h"

namespace mongotail::match {

/// A regular expression as the server's: PCRE in UTF mode, compiled once. Not thread-safe.
class Regex {
 public:
  /// `options` of `imsx`. Cause::usage where the pattern does not compile or an option is unknown.
  static Result<Regex> compile(std::string_view pattern, std::string_view options);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  /// Whether it is found anywhere in `text`. False also if `text` is not UTF-8, and once `effort`
  /// is spent: a pattern that backtracks without end spends any effort. (The server gives up such
  /// a search after a number of steps, and takes it for one that found nothing.)
  bool found_in(std::string_view text, Effort& effort) const;

  const std::string& pattern() const { return pattern_; }
  const std::string& options() const { return options_; }

 private:
  class Search;
  Regex(std::string_view pattern, std::string_view options, std::unique_ptr<Search> search);

  std::string pattern_;
  std::string options_;
  std::unique_ptr<Search> search_;
};

}  // namespace mongotail::match

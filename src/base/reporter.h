#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace mongotail {

/// Where everything goes that is said beside the data (stderr, in the program). Any thread may
/// call.
class Reporter {
 public:
  virtual ~Reporter() = default;

  /// Only with -v: decisions that explain behaviour, such as a fallback.
  virtual void detail(std::string_view what) = 0;
  /// For a person at the terminal; silent with --quiet.
  virtual void notice(std::string_view what) = 0;
  /// What a flag asked to be said; shown as it is, also with --quiet.
  virtual void requested(std::string_view what) = 0;
  /// Something that may make the output other than asked for; silent with --quiet.
  virtual void warning(std::string_view what) = 0;
  /// The reason of a failure; always shown.
  virtual void error(const Error& error) = 0;
};

}  // namespace mongotail

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mongotail::bson {

/// An argument of a call such as `Timestamp(1, 2)`.
struct ShellArgument {
  enum class Kind { string, number, other };
  Kind kind = Kind::other;
  std::string text;  ///< what a string says, or a number as it was typed
  std::string json;  ///< as Extended JSON
};

/// The Extended JSON for `name(arguments)`, or for `new name(arguments)`. Cause::usage if mongosh
/// has no such type, or the arguments are not valid for it.
Result<std::string> shell_call(std::string_view name, std::span<const ShellArgument> arguments);

/// The same for a regular expression.
Result<std::string> shell_regex(std::string_view pattern, std::string_view options);

/// Whether `name(…)` is a value that shell_call() knows.
bool is_shell_type(std::string_view name);

/// Text as a JSON string, in quotes.
std::string json_string(std::string_view text);

}  // namespace mongotail::bson

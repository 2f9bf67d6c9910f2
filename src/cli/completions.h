#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mongotail::cli {

enum class Shell { bash, zsh, fish };

/// What a shell should know of a flag beside its names and whether it may be repeated.
struct FlagHint {
  enum class Value {
    none,
    optional,  ///< of the person's own making, and may be left out
    free,      ///< of the person's own making
    file,
    files,  ///< one or more, each a word
    word,   ///< one of `words`
    list,   ///< some of `words`, with commas between
    time,   ///< of the person's own making, or one of `words`
  };

  std::string_view flag;         ///< the long name, with dashes
  std::string_view description;  ///< no quotes, no brackets, no colons
  Value value = Value::none;
  std::string_view name = {};   ///< of the value, as in the help
  std::string_view words = {};  ///< with spaces between
};

/// Of every flag of any command, in the order of the helps. A flag that two commands have means the
/// same in both.
std::span<const FlagHint> flag_hints();

/// A script that makes the shell complete mongotail's command line.
std::string completions(Shell shell);

}  // namespace mongotail::cli

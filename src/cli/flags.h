#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "cli/invocation.h"

// Each flag once. The parser, the config file's names, serve's parameters, the help and the
// completions read this table.
namespace mongotail::cli {

/// Cause::usage.
tl::unexpected<Error> usage(std::string what, std::string hint = {});

/// -f and --no-follow answer one question; the last one typed holds.
struct Follows {
  bool follow;
};

struct Flag {
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
  enum class Group { connection, listener, selection, files, length, output, resume, general };
  /// Where a value goes; a flag without one is a bool, an action or a `Follows`.
  using Field = std::variant<Invocation::Text Invocation::*, Invocation::Texts Invocation::*,
                             bool Invocation::*, Invocation::Action, Follows>;

  std::string_view name;         ///< long, with its dashes
  std::string_view letter = {};  ///< with its dash, or empty
  Field field;
  Group group;
  /// What it does, for the help and the completions: no quotes, brackets, colons or dollars.
  std::string_view text;
  Value value = Value::none;
  std::string_view placeholder = {};  ///< of the value
  std::string_view words = {};        ///< with spaces between
  std::string_view fallback = {};     ///< what holds where it isn't given, where that helps
  bool tail = true;                   ///< a flag of `mongotail`
  bool serve = false;                 ///< a flag of `mongotail serve`
  bool info = false;                  ///< a flag of `mongotail info`
  bool common = false;                ///< in the short help
  bool in_file = true;                ///< allowed in the --config file
  bool parameter = false;             ///< also a parameter of serve's requests, without the dashes
  /// With spaces between: flags that answer the same question. Where one of them is typed, what the
  /// --config file says with this flag does not count.
  std::string_view yields_to = {};

  bool takes_value() const { return value != Value::none; }
  bool repeatable() const { return std::holds_alternative<Invocation::Texts Invocation::*>(field); }
  bool is_of(Invocation::Command command) const {
    switch (command) {
      case Invocation::Command::serve:
        return serve;
      case Invocation::Command::info:
        return info;
      case Invocation::Command::tail:
        break;
    }
    return tail;
  }
};

/// Of every command, in the order of the helps. A flag that several commands have means the same in
/// each; only --output has a row of its own for `info`, which has other formats.
std::span<const Flag> flags();

/// `name`: long or a letter, with its dashes. nullptr if the command has no such flag.
const Flag* find_flag(Invocation::Command command, std::string_view name);

/// What to try where `typed` is not a flag; empty if nothing is near.
std::string flag_hint(Invocation::Command command, std::string_view typed);

/// Puts the value of `flag` into the invocation; `value` is unused where it takes none.
void set(Invocation& invocation, const Flag& flag, std::string value);

}  // namespace mongotail::cli

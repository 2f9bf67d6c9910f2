#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "output/operation_text.h"

namespace mongotail::output {

/// ANSI colours by what they are for; all empty if colour is off.
struct Palette {
  std::string time;
  std::string ns;
  std::string added;    ///< inserts, fields that come
  std::string changed;  ///< updates, fields that change
  std::string removed;  ///< deletes, fields that go
  std::string command;
  // Of values, as mongosh and jq tell them apart.
  std::string text, number, date, id, word;
  std::string dim;  ///< frames and marks
  std::string reset;

  static Palette standard();
  /// The standard colours, and what `spec` replaces of them, in the manner of GREP_COLORS:
  /// `insert=1;32:number=33`. The names: time, ns, insert, update, delete, command, string, number,
  /// date, id, word (true, false, null); the values: SGR parameters, or nothing for no colour.
  /// Cause::usage.
  static Result<Palette> parse(std::string_view spec);

  bool is_on() const { return !reset.empty(); }
  std::string_view of(Verb verb) const;
  /// To tell the sources of a stream apart.
  std::string_view of_source(std::size_t source) const {
    static constexpr std::array<std::string_view, 6> colors = {"\x1b[94m", "\x1b[95m", "\x1b[96m",
                                                               "\x1b[92m", "\x1b[93m", "\x1b[35m"};
    return is_on() ? colors[source % colors.size()] : std::string_view();
  }
};

/// Appends values in mongosh's notation, as ShellWriter makes them (also cut off), each in its
/// colour. Escape sequences in `text` are copied.
void append_colored(std::string_view text, const Palette& palette, std::string& out);

/// Colours what `out` holds from `begin` on.
void color_from(std::size_t begin, const Palette& palette, std::string& out);

}  // namespace mongotail::output

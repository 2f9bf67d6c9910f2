#pragma once

#include <string_view>

namespace mongotail::output {

/// What the formats for people draw with. These are the only characters beyond ASCII that mongotail
/// itself prints; what documents contain is printed as it is.
struct Glyphs {
  std::string_view frame_begin = "┌";
  std::string_view frame_side = "│";
  std::string_view frame_end = "└";
  std::string_view arrow = "→";
  std::string_view ellipsis = "…";

  /// `ascii`: for terminals whose character set is not UTF-8.
  static constexpr Glyphs of(bool ascii) {
    return ascii ? Glyphs{"+", "|", "+", "->", "..."} : Glyphs{};
  }
};

}  // namespace mongotail::output

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bson/view.h"
#include "output/glyphs.h"

namespace mongotail::output {

/// How much of one value is shown. What is left out is counted: `'abc'…+1234 characters`.
struct ShellLimits {
  static constexpr std::size_t none = SIZE_MAX;

  std::size_t characters = none;  ///< of a string
  std::size_t elements = none;    ///< of an array
  std::size_t bytes = none;       ///< of a binary
  std::string_view ellipsis = Glyphs().ellipsis;
};

/// Where a value stands that may take several lines.
struct ShellBox {
  std::string_view margin = {};  ///< begins every further line; takes no columns of those below
  std::size_t columns = 80;      ///< that a line should have at most
  std::size_t indent = 0;        ///< of the line that the value begins on
  std::size_t used = 0;          ///< columns before the value, indent included
};

/// BSON in mongosh's notation: `{ _id: ObjectId('…'), n: Long('5'), at: ISODate('…') }`. A whole
/// double shows its `.0`, to distinguish it from an int32. All text is safe for a terminal.
class ShellWriter {
 public:
  enum class Outcome {
    whole,
    cut,      ///< it went over the budget; what was appended is some beginning of it
    damaged,  ///< broken BSON, or nested deeper than bson::max_depth; some beginning was appended
  };
  using Keys = std::span<const std::string_view>;

  explicit ShellWriter(ShellLimits limits = {}) : limits_(limits) {}

  /// On one line. Gives up soon after `budget` bytes.
  Outcome append_value(const bson::Element& value, std::string& out,
                       std::size_t budget = ShellLimits::none) const;
  /// `{ … }` without the fields that `skip` names.
  Outcome append_document(bson::Document document, std::string& out, Keys skip = {},
                          std::size_t budget = ShellLimits::none) const;

  /// On one line where the box has room for it, else indented by two spaces a level. Ends without a
  /// newline. False at damage.
  bool append_block(const bson::Element& value, const ShellBox& box, std::string& out) const;
  bool append_block(bson::Document document, const ShellBox& box, std::string& out) const;

 private:
  class Line;
  class Block;

  ShellLimits limits_;
};

/// As it is written in a document: bare if it is an identifier, else in quotes.
void append_shell_key(std::string_view key, std::string& out);

}  // namespace mongotail::output

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mongotail::cli {

/// One option of a --config file.
struct ConfigItem {
  int line = 0;      ///< from 1
  std::string name;  ///< a flag's long name without its dashes
  std::vector<std::string> values;
  bool quoted = false;  ///< `values` stood in quotes or brackets: nothing in them separates
  bool bare = false;    ///< the line is the name alone
};

/// Reads CLI11's format: `name = value` a line, `name` alone for a flag, `#` or `;` before a
/// comment. A value may be in double or single quotes, within which nothing has a meaning but
/// the same quote; `[a, b]` is several. A `#` after a space ends a value without quotes.
/// Cause::usage, with the line; no error shows a value, as it may be a secret.
Result<std::vector<ConfigItem>> parse_config(std::string_view text);

/// The same from a file. Cause::input where it can't be read. Every error names the file.
Result<std::vector<ConfigItem>> read_config_file(const std::string& path);

}  // namespace mongotail::cli

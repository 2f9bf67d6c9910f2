#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/definitions.h"

namespace mongotail::cli {

/// Cuts argv into flags, values and arguments. CLI11 alone would take the next word where a value
/// is given as empty (`--name=`), and could not tell `-p` at the end of a line from a mistake.
class Tokenizer {
 public:
  /// Both must outlive the object.
  Tokenizer(Definitions& definitions, std::span<const std::string> arguments)
      : definitions_(definitions), arguments_(arguments) {}

  /// Cause::usage: a flag that does not exist, or lacks its value.
  Status run();

  std::vector<Word> words;
  std::vector<std::string> positionals;

 private:
  std::span<const std::string> rest() const { return arguments_.subspan(at_); }
  Status take_long(const std::string& word);
  Status take_short(const std::string& word);
  Status take_next_as_value(CLI::Option* option, const std::string& name);
  bool names_a_flag(const std::string& word);
  bool reads_as_flags(const std::string& word);

  Definitions& definitions_;
  std::span<const std::string> arguments_;
  std::size_t at_ = 0;
};

}  // namespace mongotail::cli

#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/connection_config.h"
#include "base/result.h"
#include "cli/config.h"
#include "cli/invocation.h"

// The parts of resolve(), and what they share.
namespace mongotail::cli {

Result<ConnectionConfig> resolve_connection(const Invocation& typed,
                                            const Environment& environment);
/// Of the servers after the first, with the same flags.
Result<std::vector<ConnectionConfig>> resolve_more_connections(const Invocation& typed,
                                                               const Environment& environment);
Result<ClusterFlags> resolve_cluster(const Invocation& typed);
Result<match::Selection> resolve_selection(const Invocation& typed);
Result<output::FormatOptions> resolve_format(const Invocation& typed,
                                             const Environment& environment);

/// nullopt: no states are wanted. `selection` is that of the same invocation.
Result<std::optional<Config::State>> resolve_state(const Invocation& typed,
                                                   const match::Selection& selection);

/// nullopt: no summary is wanted.
Result<std::optional<output::SummaryOptions>> resolve_summary(const Invocation& typed);

/// Says whose mistake a wrong value is: the command line's, or the --config file's.
/// Must not outlive the Invocation.
class Blame {
 public:
  explicit Blame(const Invocation& typed) : typed_(typed) {}

  /// The error as it is, attributed to the file if `flag` is set there.
  tl::unexpected<Error> of(std::string_view flag, Error error) const;
  /// The same with the flag's name before it, and a hint if it has none.
  tl::unexpected<Error> bad_value(std::string_view flag, Error error) const;
  tl::unexpected<Error> bad_value(std::string_view flag, std::string what,
                                  std::string hint = {}) const;
  /// Flags that do not go together: the file's mistake, if one of them is set there.
  tl::unexpected<Error> contradiction(std::initializer_list<std::string_view> flags,
                                      std::string what, std::string hint) const;

 private:
  const Invocation& typed_;
};

/// `text` in quotes, harmless for a terminal.
std::string in_quotes(std::string_view text);

/// `typed` is not one of `words`; proposes the closest.
Error not_one_of(std::string_view typed, std::span<const std::string> words);

template <typename Value>
struct Choice {
  std::string_view word;
  Value value;
};

/// The value that `typed` names.
template <typename Value, std::size_t size>
Result<Value> choose(std::string_view typed, const std::array<Choice<Value>, size>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) {
    if (choice.word == typed) return choice.value;
    words.emplace_back(choice.word);
  }
  return fail(not_one_of(typed, words));
}

}  // namespace mongotail::cli

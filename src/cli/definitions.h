#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

// The flags: names, arity, and where each value goes. What the help, the man page and the
// completions say is tested against this.
namespace mongotail::cli {

/// Cause::usage.
tl::unexpected<Error> usage(std::string what, std::string hint = {});

/// One object parses once. `into` must outlive it.
class Definitions {
 public:
  /// Of the command that `into` names.
  explicit Definitions(Invocation& into);

  /// The last word first, as CLI11 wants them. Throws CLI::Error.
  void parse(std::vector<std::string> words);
  /// nullptr where there is none; `name` with its dashes.
  CLI::Option* find(const std::string& name) { return app_.get_option_no_throw(name); }
  /// In the order of the command's help.
  std::vector<CLI::Option*> all();

 private:
  void add_connection_options();
  void add_selection_options();
  void add_window_options();
  void add_length_options();
  void add_output_options();
  void add_resume_options();
  void add_file_options();
  void add_connect_options();
  void add_listen_options();
  void add_general_options();

  CLI::Option* value(const char* names, Invocation::Text& into);
  CLI::Option* values(const char* names, Invocation::Texts& into);
  CLI::Option* flag(const char* names, bool& into);
  CLI::Option* action(const char* names, Invocation::Action wanted);
  void set_follow();

  Invocation& into_;
  CLI::App app_;
  std::vector<std::function<void()>> take_;  ///< from CLI11 into the invocation, once parsed
};

bool takes_value(const CLI::Option& option);
bool is_repeatable(const CLI::Option& option);
/// With its dashes.
std::string long_name(const CLI::Option& option);
/// What to try where `typed` is no flag.
std::string flag_hint(Definitions& definitions, std::string_view typed);

/// One flag and its value, the way it was meant.
struct Word {
  CLI::Option* option = nullptr;
  std::string value;
};

}  // namespace mongotail::cli

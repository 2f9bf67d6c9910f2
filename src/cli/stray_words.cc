#include "cli/stray_words.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/text.h"
#include "cli/flags.h"

namespace mongotail::cli {
namespace {

bool is_file(const std::string& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status) &&
         !std::filesystem::is_socket(status);
}

/// What a word that is not a URI was meant as; `what` is empty if it may be one.
struct Proposal {
  std::string what, hint;
};

Proposal proposal_for(const std::string& word, Invocation::Command command) {
  if (word == "help") return {"'help' is not a command", "did you mean --help?"};
  if (word == "version") return {"'version' is not a command", "did you mean --version?"};
  const bool serves = command == Invocation::Command::serve;
  const bool tails = command == Invocation::Command::tail;
  if (word == "serve" && !serves) {
    return {"'serve' is not the first word", "write mongotail serve, then its options"};
  }
  if (word == "info" && tails) {
    return {"'info' is not the first word", "write mongotail info, then its options"};
  }
  if (all_digits(word)) {
    return {"a number is not a URI",
            serves  ? "for the server's port write --port N, for our own --listen :N"
            : tails ? "for a port write --port N, for the last operations -n N"
                    : "for a port write --port N"};
  }
  if (word == "-" && tails) {
    return {"standard input is not a URI", "to read it as a saved oplog write --file -"};
  }
  if (is_file(word)) {
    return {
        "the argument is the name of a file, not a URI",
        !tails ? "options are read from a file with --config; a host of that name is mongodb://NAME"
               : "to read it as a saved oplog write --file before it; a host of that name is "
                 "mongodb://NAME"};
  }
  return {};
}

}  // namespace

Status check_arguments(const std::vector<std::string>& arguments, bool uri_given,
                       Invocation::Command command) {
  for (const std::string& word : arguments) {
    Proposal meant = proposal_for(word, command);
    if (!meant.what.empty()) return usage(std::move(meant.what), std::move(meant.hint));
  }
  const bool all_uris = std::ranges::all_of(arguments, [](const std::string& word) {
    return word.starts_with("mongodb://") || word.starts_with("mongodb+srv://");
  });
  if (arguments.size() > 1 && all_uris && command == Invocation::Command::serve) {
    return usage("serve reads one replica set, and several URIs are given",
                 "start one serve for each, each with its own --listen");
  }
  if (arguments.size() > 1 && !all_uris) {
    return usage("the argument after the URI is not a URI",
                 "write several as mongodb://HOST each; quote a value that has spaces or a *, "
                 "and begin the name of a flag with --");
  }
  if (!arguments.empty() && uri_given) {
    return usage("the URI is given twice, as --uri and as an argument", "give one of them");
  }
  return {};
}

}  // namespace mongotail::cli

#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/redact_uri.h"
#include "base/safe_text.h"
#include "cli/config_file.h"
#include "cli/suggest.h"

namespace mongotail::cli {
namespace {

constexpr const char* see_help = "see mongotail --help";

tl::unexpected<Error> usage(std::string what, std::string hint = see_help) {
  return fail(Cause::usage, std::move(what), std::move(hint));
}

/// The definitions: names, arity, and where each value goes. One object parses once.
class Definitions {
 public:
  explicit Definitions(Invocation& into) : into_(into) {
    app_.set_help_flag();
    add_connection_options();
    add_selection_options();
    add_length_options();
    add_output_options();
    add_resume_options();
    add_file_options();
    add_general_options();
  }

  CLI::App& app() { return app_; }

  /// nullptr where there is none; `name` with its dashes.
  CLI::Option* find(const std::string& name) { return app_.get_option_no_throw(name); }

  std::vector<CLI::Option*> all() {
    std::vector<CLI::Option*> options = app_.get_options();
    std::erase_if(options, [](const CLI::Option* o) { return o->get_lnames().empty(); });
    return options;
  }

 private:
  void add_connection_options() {
    value("--uri,URI", into_.uri);
    value("--host", into_.host);
    value("--port", into_.port);
    value("-u,--username", into_.username);
    value("-p,--password", into_.password);
    value("--authenticationDatabase", into_.auth_database);
    value("--authenticationMechanism", into_.auth_mechanism);
    flag("--tls", into_.tls);
    value("--tlsCAFile", into_.tls_ca_file);
    value("--tlsCertificateKeyFile", into_.tls_certificate_key_file);
    value("--tlsCertificateKeyFilePassword", into_.tls_certificate_key_file_password);
    flag("--tlsAllowInvalidCertificates", into_.tls_allow_invalid_certificates);
    flag("--tlsAllowInvalidHostnames", into_.tls_allow_invalid_hostnames);
    value("--config", into_.config_file)->configurable(false);
  }

  void add_selection_options() {
    values("--ns", into_.ns);
    values("--ns-exclude", into_.ns_exclude);
    value("-d,--db", into_.db);
    value("-c,--collection", into_.collection);
    values("--op", into_.ops);
    value("--id", into_.id);
    values("--changed", into_.changed);
    value("-q,--query", into_.query);
    value("-S,--since", into_.since);
    value("-U,--until", into_.until);
    value("-n,--lines", into_.lines);
    flag("--internal", into_.internal);
  }

  void add_length_options() {
    app_.add_flag_callback("-f,--follow", [this] { set_follow(); });
    app_.add_flag_callback("--no-follow", [this] { set_follow(); });
    value("--limit", into_.limit);
  }

  void add_output_options() {
    value("-o,--output", into_.output);
    value("--jsonFormat", into_.json_format);
    value("--format", into_.text_template);
    flag("--raw", into_.raw);
    flag("--summary", into_.summary);
    value("--color", into_.color);
    flag("--utc", into_.utc);
  }

  void add_resume_options() {
    value("--cursor-file", into_.cursor_file);
    value("--after-cursor", into_.after_cursor);
    flag("--show-cursor", into_.show_cursor);
    flag("--allow-gap", into_.allow_gap);
    value("--read-concern", into_.read_concern);
  }

  void add_file_options() {
    values("--file", into_.files);
    flag("--skip-damaged", into_.skip_damaged);
  }

  void add_general_options() {
    flag("-v,--verbose", into_.verbose);
    flag("--quiet", into_.quiet);
    action("-V,--version", Invocation::Action::version);
    action("-h,--help", Invocation::Action::help);
  }

  CLI::Option* value(const char* names, Invocation::Text& into) {
    const auto keep = [&into](const CLI::results_t& results) {
      into = results.back();
      return true;
    };
    return app_.add_option(names, keep)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  CLI::Option* values(const char* names, Invocation::Texts& into) {
    const auto keep = [&into](const CLI::results_t& results) {
      into = results;
      return true;
    };
    return app_.add_option(names, keep)
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  CLI::Option* flag(const char* names, bool& into) {
    return app_.add_flag_callback(names, [&into] { into = true; });
  }

  CLI::Option* action(const char* names, Invocation::Action wanted) {
    return app_.add_flag_callback(names, [this, wanted] { into_.action = wanted; })
        ->configurable(false);
  }

  /// Of -f and --no-follow the last one typed holds.
  void set_follow() {
    into_.follow_given = true;
    const CLI::Option* no_follow = find("--no-follow");
    const CLI::Option* follow = find("--follow");
    for (const CLI::Option* option : app_.parse_order()) {
      if (option == no_follow) into_.follow = false;
      if (option == follow) into_.follow = true;
    }
  }

  Invocation& into_;
  CLI::App app_;
};

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

bool is_repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

std::string long_name(const CLI::Option& option) {
  return "--" + option.get_lnames().front();
}

std::optional<std::string> closest_flag(Definitions& definitions, std::string_view typed) {
  std::vector<std::string> names;
  for (const CLI::Option* option : definitions.all()) names.push_back(option->get_lnames().front());
  auto name = closest(typed.substr(std::min(typed.find_first_not_of('-'), typed.size())), names);
  if (name) name->insert(0, "--");
  return name;
}

std::string flag_hint(Definitions& definitions, std::string_view typed) {
  const auto name = closest_flag(definitions, typed);
  return name ? fmt::format("did you mean {}? {}", *name, see_help) : see_help;
}

/// One flag and its value, the way it was meant.
struct Word {
  CLI::Option* option = nullptr;
  std::string value;
};

/// Its value is each word up to the next flag, such as what the shell makes of *.bson.
bool takes_several(const CLI::Option& option) {
  return option.check_lname("file");
}

bool is_flag(std::string_view word) {
  return word.size() > 1 && word.starts_with('-');
}

bool wants_prompt(const CLI::Option& option) {
  return option.check_lname("password");
}

bool is_uri(std::string_view text) {
  return text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
}

/// Cuts argv into flags, values and arguments. CLI11 alone would take the next word where a value
/// is given as empty (`--name=`), and could not tell `-p` at the end of a line from a mistake.
class Tokenizer {
 public:
  Tokenizer(Definitions& definitions, std::span<const std::string> arguments)
      : definitions_(definitions), arguments_(arguments) {}

  Status run() {
    while (at_ < arguments_.size()) {
      const std::string& word = arguments_[at_++];
      Status status;
      if (word == "--") {
        positionals.insert(positionals.end(), rest().begin(), rest().end());
        at_ = arguments_.size();
      } else if (word.starts_with("--")) {
        status = take_long(word);
      } else if (word.size() > 1 && word[0] == '-') {
        status = take_short(word);
      } else {
        positionals.push_back(word);
      }
      if (!status) return status;
    }
    return {};
  }

  std::vector<Word> words;
  std::vector<std::string> positionals;

 private:
  std::span<const std::string> rest() const { return arguments_.subspan(at_); }

  Status take_long(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    CLI::Option* option = definitions_.find(name);
    if (option == nullptr) return unknown(name);
    if (equals == std::string::npos) return take_next_as_value(option, name);
    if (!takes_value(*option)) return usage(fmt::format("{} takes no value", name));
    words.push_back({option, word.substr(equals + 1)});
    return {};
  }

  /// `-v`, `-fv`, `-n5`, `-n 5`.
  Status take_short(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name = {'-', word[i]};
      CLI::Option* option = definitions_.find(name);
      if (option == nullptr) return unknown(i == 1 ? word : name);
      if (!takes_value(*option)) {
        words.push_back({option, ""});
      } else if (i + 1 < word.size()) {
        words.push_back({option, word.substr(i + 1)});
        return {};
      } else {
        return take_next_as_value(option, name);
      }
    }
    return {};
  }

  Status take_next_as_value(CLI::Option* option, const std::string& name) {
    if (!takes_value(*option)) {
      words.push_back({option, ""});
      return {};
    }
    const bool has_next = !rest().empty();
    if (wants_prompt(*option) && (!has_next || is_flag(rest().front()) || is_uri(rest().front()))) {
      words.push_back({option, ""});
      return {};
    }
    if (!has_next) return usage(fmt::format("{} needs a value", name));
    do {
      words.push_back({option, arguments_[at_++]});
    } while (takes_several(*option) && !rest().empty() && !is_flag(rest().front()));
    return {};
  }

  Status unknown(const std::string& name) {
    return usage(fmt::format("there is no flag {}", safe_text(name)),
                 flag_hint(definitions_, name));
  }

  Definitions& definitions_;
  std::span<const std::string> arguments_;
  std::size_t at_ = 0;
};

/// What the config file says with `flag` does not count where one of `by` was typed, though another
/// flag: they answer the same question. --port alone goes with the file's --host.
struct Shadowed {
  std::string_view flag;
  std::array<std::string_view, 3> by;
};

constexpr std::array<Shadowed, 12> shadowed{{
    {"--uri", {"--host", "--port", "--file"}},
    {"--host", {"--uri", "--file"}},
    {"--port", {"--uri", "--host", "--file"}},
    {"--username", {"--file"}},
    {"--password", {"--file"}},
    {"--file", {"--uri", "--host", "--port"}},
    {"--output", {"--format"}},
    {"--format", {"--output"}},
    {"--follow", {"--no-follow"}},
    {"--no-follow", {"--follow"}},
    {"--verbose", {"--quiet"}},
    {"--quiet", {"--verbose"}},
}};

bool was_typed(const CLI::Option& option, const std::set<std::string>& typed) {
  const std::string name = long_name(option);
  if (typed.contains(name)) return true;
  const auto shadow = std::find_if(shadowed.begin(), shadowed.end(),
                                   [&name](const Shadowed& s) { return s.flag == name; });
  return shadow != shadowed.end() &&
         std::any_of(shadow->by.begin(), shadow->by.end(), [&typed](std::string_view other) {
           return typed.contains(std::string(other));
         });
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  constexpr std::string_view separators = ", \t";
  while (true) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return parts;
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

/// The words that stand for one line of the file.
Result<std::vector<Word>> words_of(Definitions& definitions, const ConfigItem& item) {
  CLI::Option* option = definitions.find("--" + item.name);
  const auto bad = [&item](std::string_view why, std::string hint) {
    return fail(Cause::damaged, fmt::format("line {}: {} {}", item.line, safe_text(item.name), why),
                hint);
  };
  if (option == nullptr) return bad("is no flag", flag_hint(definitions, item.name));
  if (!option->get_configurable())
    return bad("can't stand in a file", "write it on the command line");
  std::vector<Word> words;
  if (!takes_value(*option)) {
    const std::string text = item.values.size() == 1 ? item.values.front() : "";
    if (text != "true" && text != "false") return bad("is true or false", see_help);
    if (text == "true") words.push_back({option, ""});
    if (text == "false" && item.name == "follow")
      words.push_back({definitions.find("--no-follow"), ""});
    return words;
  }
  std::vector<std::string> values = item.values;
  if (is_repeatable(*option) && !item.quoted && !values.empty())
    values = split_list(values.front());
  if (!is_repeatable(*option) && values.size() != 1) return bad("takes one value", see_help);
  for (std::string& value : values) words.push_back({option, std::move(value)});
  return words;
}

/// The words of the file that the command line leaves standing.
Result<std::vector<Word>> read_config_words(Definitions& definitions, const std::string& path,
                                            const std::set<std::string>& typed) {
  auto items = read_config_file(path);
  if (!items) return fail(std::move(items.error()));
  std::vector<Word> all;
  for (const ConfigItem& item : *items) {
    auto words = words_of(definitions, item);
    if (!words) {
      words.error().what = fmt::format("--config {}: {}", safe_text(path), words.error().what);
      return fail(std::move(words.error()));
    }
    for (Word& word : *words) {
      if (!was_typed(*word.option, typed)) all.push_back(std::move(word));
    }
  }
  return all;
}

void append(std::vector<std::string>& argv, const Word& word) {
  argv.push_back(long_name(*word.option));
  if (takes_value(*word.option)) argv.push_back(word.value);
}

/// Gives CLI11 the words; with what the tokenizer has made sure of it finds nothing to complain of.
Status apply(CLI::App& app, std::vector<std::string> argv) {
  std::reverse(argv.begin(), argv.end());  // as it wants them
  try {
    app.parse(std::move(argv));
  } catch (const CLI::Error& error) {
    return usage(fmt::format("the command line can't be read: {}", safe_text(error.what())));
  }
  return {};
}

const Word* last_of(const std::vector<Word>& words, std::string_view name) {
  const auto found = std::find_if(words.rbegin(), words.rend(), [name](const Word& word) {
    return long_name(*word.option) == name;
  });
  return found == words.rend() ? nullptr : &*found;
}

std::set<std::string> names_of(const std::vector<Word>& words) {
  std::set<std::string> names;
  for (const Word& word : words) names.insert(long_name(*word.option));
  return names;
}

Status check_positionals(const Tokenizer& tokens) {
  if (tokens.positionals.size() > 1) {
    return usage(fmt::format("there is one URI at most; what is '{}'?",
                             safe_text(redact_uri(tokens.positionals[1]))),
                 fmt::format("quote a value that has spaces or a *; {}", see_help));
  }
  if (!tokens.positionals.empty() && last_of(tokens.words, "--uri") != nullptr) {
    return usage("the URI is given twice, as --uri and as an argument", "give one of them");
  }
  return {};
}

/// --help and --version hold whatever else is on the line.
std::optional<Invocation::Action> early_action(std::span<const std::string> arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") return Invocation::Action::help;
    if (word == "--version" || word == "-V") return Invocation::Action::version;
  }
  return std::nullopt;
}

}  // namespace

Result<Invocation> parse_options(std::span<const std::string> arguments) {
  Invocation invocation;
  Definitions definitions(invocation);
  Tokenizer tokens(definitions, arguments);
  auto status = tokens.run();
  if (!status) {
    // A wrong flag beside --help is the very reason to ask for it.
    const auto action = early_action(arguments);
    if (!action) return fail(std::move(status.error()));
    invocation.action = *action;
    return invocation;
  }
  std::set<std::string> typed = names_of(tokens.words);
  if (!tokens.positionals.empty()) typed.insert("--uri");
  const bool run = !typed.contains("--help") && !typed.contains("--version");
  std::vector<std::string> argv;
  const Word* config = last_of(tokens.words, "--config");
  if (run && config != nullptr) {
    auto words = read_config_words(definitions, config->value, typed);
    if (!words) return fail(std::move(words.error()));
    for (const Word& word : *words) append(argv, word);
    invocation.from_config_file = names_of(*words);
  }
  if (run) {
    if (auto checked = check_positionals(tokens); !checked) return fail(std::move(checked.error()));
  }
  for (const Word& word : tokens.words) append(argv, word);
  if (!tokens.positionals.empty()) append(argv, {definitions.find("--uri"), tokens.positionals[0]});
  status = apply(definitions.app(), std::move(argv));
  if (!status) return fail(std::move(status.error()));
  return invocation;
}

Result<Invocation> parse_options(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return parse_options(arguments);
}

std::vector<Flag> known_flags() {
  Invocation unused;
  Definitions definitions(unused);
  std::vector<Flag> flags;
  for (const CLI::Option* option : definitions.all()) {
    Flag flag;
    flag.long_name = long_name(*option);
    if (!option->get_snames().empty()) flag.short_name = "-" + option->get_snames().front();
    flag.takes_value = takes_value(*option);
    flag.repeatable = is_repeatable(*option);
    flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace mongotail::cli

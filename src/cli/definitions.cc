#include "cli/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/suggest.h"

namespace mongotail::cli {

tl::unexpected<Error> usage(std::string what, std::string hint) {
  return fail(Cause::usage, std::move(what), std::move(hint));
}

Definitions::Definitions(Invocation& into) : into_(into) {
  app_.set_help_flag();
  const bool serves = into.command == Invocation::Command::serve;
  if (serves) add_listen_options();
  add_connection_options();
  add_selection_options();
  if (!serves) {
    add_window_options();
    add_length_options();
    add_output_options();
    add_resume_options();
    add_file_options();
    add_connect_options();
  }
  add_general_options();
}

std::vector<CLI::Option*> Definitions::all() {
  std::vector<CLI::Option*> options = app_.get_options();
  std::erase_if(options, [](const CLI::Option* o) { return o->get_lnames().empty(); });
  return options;
}

void Definitions::add_connection_options() {
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

void Definitions::add_selection_options() {
  values("--ns", into_.ns);
  values("--ns-exclude", into_.ns_exclude);
  value("-d,--db", into_.db);
  value("-c,--collection", into_.collection);
  values("--op", into_.ops);
  value("--id", into_.id);
  values("--changed", into_.changed);
  value("-q,--query", into_.query);
  flag("--internal", into_.internal);
}

void Definitions::add_window_options() {
  value("-S,--since", into_.since);
  value("-U,--until", into_.until);
  value("-n,--lines", into_.lines);
}

void Definitions::add_length_options() {
  app_.add_flag_callback("-f,--follow", [this] { set_follow(); });
  app_.add_flag_callback("--no-follow", [this] { set_follow(); });
  value("--limit", into_.limit);
}

void Definitions::add_output_options() {
  value("-o,--output", into_.output);
  value("--jsonFormat", into_.json_format);
  value("--format", into_.text_template);
  flag("--raw", into_.raw);
  flag("--summary", into_.summary);
  value("--color", into_.color);
  flag("--utc", into_.utc);
}

void Definitions::add_resume_options() {
  value("--cursor-file", into_.cursor_file);
  value("--after-cursor", into_.after_cursor);
  flag("--show-cursor", into_.show_cursor);
  flag("--allow-gap", into_.allow_gap);
  value("--read-concern", into_.read_concern);
}

void Definitions::add_file_options() {
  values("--file", into_.files);
  flag("--skip-damaged", into_.skip_damaged);
}

void Definitions::add_connect_options() {
  value("--connect", into_.connect);
  value("--token-file", into_.token_file);
}

void Definitions::add_listen_options() {
  values("--listen", into_.listen);
  value("--token-file", into_.token_file);
  value("--listen-tlsCertificateKeyFile", into_.listen_tls_certificate_key_file);
  values("--allow-host", into_.allow_host);
  values("--allow-origin", into_.allow_origin);
  value("--socket-mode", into_.socket_mode);
  value("--ring-size", into_.ring_size);
  value("--drop-after", into_.drop_after);
  value("--max-subscribers", into_.max_subscribers);
}

void Definitions::add_general_options() {
  flag("-v,--verbose", into_.verbose);
  flag("--quiet", into_.quiet);
  action("-V,--version", Invocation::Action::version);
  action("-h,--help", Invocation::Action::help);
}

// Values are taken as they were given: CLI11 2.4 reduces "{}" to an empty list.
CLI::Option* Definitions::value(const char* names, Invocation::Text& into) {
  CLI::Option* option = app_.add_option(names)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  take_.emplace_back([option, &into] {
    if (!option->results().empty()) into = option->results().back();
  });
  return option;
}

CLI::Option* Definitions::values(const char* names, Invocation::Texts& into) {
  CLI::Option* option = app_.add_option(names)
                            ->expected(1, CLI::detail::expected_max_vector_size)
                            ->allow_extra_args(false)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  take_.emplace_back([option, &into] {
    if (!option->results().empty()) into = option->results();
  });
  return option;
}

void Definitions::parse(std::vector<std::string> words) {
  app_.parse(std::move(words));
  for (const auto& take : take_) take();
}

CLI::Option* Definitions::flag(const char* names, bool& into) {
  return app_.add_flag_callback(names, [&into] { into = true; });
}

CLI::Option* Definitions::action(const char* names, Invocation::Action wanted) {
  return app_.add_flag_callback(names, [this, wanted] { into_.action = wanted; })
      ->configurable(false);
}

/// Of -f and --no-follow the last one typed holds.
void Definitions::set_follow() {
  into_.follow_given = true;
  const CLI::Option* no_follow = find("--no-follow");
  const CLI::Option* follow = find("--follow");
  for (const CLI::Option* option : app_.parse_order()) {
    if (option == no_follow) into_.follow = false;
    if (option == follow) into_.follow = true;
  }
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

bool is_repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

std::string long_name(const CLI::Option& option) {
  return "--" + option.get_lnames().front();
}

namespace {

std::optional<std::string> closest_flag(Definitions& definitions, std::string_view typed) {
  std::vector<std::string> names;
  for (const CLI::Option* option : definitions.all()) names.push_back(option->get_lnames().front());
  auto name = closest(typed.substr(std::min(typed.find_first_not_of('-'), typed.size())), names);
  if (name) name->insert(0, "--");
  return name;
}

}  // namespace

std::string flag_hint(Definitions& definitions, std::string_view typed) {
  const std::string letter = lower(typed.substr(std::min(typed.find_first_not_of('-'), typed.size())));
  for (const CLI::Option* option : definitions.all()) {
    const auto& names = option->get_snames();
    if (!names.empty() && lower(names.front()) == letter) {
      return fmt::format("did you mean -{}?", names.front());
    }
  }
  const auto name = closest_flag(definitions, typed);
  return name ? fmt::format("did you mean {}?", *name) : std::string();
}

}  // namespace mongotail::cli

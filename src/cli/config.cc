#include "cli/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "base/safe_text.h"
#include "bson/extended_json.h"
#include "cli/server_uri.h"
#include "cli/suggest.h"
#include "match/ns_glob.h"
#include "match/predicate.h"

namespace mongotail::cli {
namespace {

constexpr const char* see_help = "see mongotail --help";
constexpr const char* default_uri = "mongodb://localhost:27017";
constexpr int default_width = 80;

using Text = Invocation::Text;

tl::unexpected<Error> usage(std::string what, std::string hint = see_help) {
  return fail(Cause::usage, std::move(what), std::move(hint));
}

std::string quoted(std::string_view text) {
  return fmt::format("'{}'", safe_text(text));
}

std::string join(std::span<const std::string> words) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += ", ";
    all += word;
  }
  return all;
}

tl::unexpected<Error> not_one_of(std::string_view flag, std::string_view typed,
                                 std::span<const std::string> words) {
  const auto meant = closest(typed, words);
  return usage(fmt::format("{}: {} is none of {}", flag, quoted(typed), join(words)),
               meant ? fmt::format("did you mean {}? {}", *meant, see_help) : see_help);
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

template <typename Value>
struct Choice {
  std::string_view word;
  Value value;
};

/// The value that `typed` names.
template <typename Value, std::size_t size>
Result<Value> choose(std::string_view flag, std::string_view typed,
                     const std::array<Choice<Value>, size>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) {
    if (choice.word == typed) return choice.value;
    words.emplace_back(choice.word);
  }
  return not_one_of(flag, typed, words);
}

/// Brings what was typed and what the process found together. Each method fills its part of the
/// Config and gives the first thing wrong with it.
class Resolver {
 public:
  Resolver(const Invocation& invocation, const Environment& environment)
      : typed_(invocation), environment_(environment) {}

  Result<Config> run() {
    using Step = Status (Resolver::*)();
    constexpr std::array<Step, 11> steps = {&Resolver::connection,
                                            &Resolver::login,
                                            &Resolver::namespaces,
                                            &Resolver::operations,
                                            &Resolver::documents,
                                            &Resolver::window,
                                            &Resolver::counts,
                                            &Resolver::format,
                                            &Resolver::terminals,
                                            &Resolver::resume,
                                            &Resolver::selection_as_a_whole};
    for (const Step step : steps) {
      if (auto done = (this->*step)(); !done) return fail(std::move(done.error()));
    }
    return std::move(config_);
  }

 private:
  /// The error of a value that may have come from the file, as the file's.
  tl::unexpected<Error> bad_value(std::string_view flag, Error error) const {
    error.what = fmt::format("{}: {}", flag, error.what);
    if (error.hint.empty()) error.hint = see_help;
    return blame(flag, std::move(error));
  }

  tl::unexpected<Error> blame(std::string_view flag, Error error) const {
    if (typed_.from_config_file.contains(std::string(flag))) {
      error.cause = Cause::damaged;
      error.what =
          fmt::format("--config {}: {}", safe_text(typed_.config_file.value_or("")), error.what);
    }
    return fail(std::move(error));
  }

  /// The error of flags that do not go together; the file's, where one of them stands there.
  tl::unexpected<Error> contradiction(std::initializer_list<std::string_view> flags,
                                      std::string what, std::string hint) const {
    Error error{Cause::usage, std::move(what), std::move(hint)};
    const auto in_file = std::find_if(flags.begin(), flags.end(), [this](std::string_view flag) {
      return typed_.from_config_file.contains(std::string(flag));
    });
    return blame(in_file == flags.end() ? "" : *in_file, std::move(error));
  }

  // ---- Connection

  Status connection() {
    const bool by_host = typed_.host || typed_.port;
    if (by_host && typed_.uri) {
      return contradiction({"--uri", "--host", "--port"},
                           "a URI is given, and --host or --port beside it",
                           "give the one or the other");
    }
    Result<std::string> uri;
    if (by_host) {
      uri = uri_from_host(typed_.host, typed_.port);
      if (!uri) return blame(typed_.host ? "--host" : "--port", std::move(uri.error()));
    } else if (typed_.uri) {
      uri = complete_uri(*typed_.uri);
      if (!uri) return blame("--uri", std::move(uri.error()));
    } else {
      const std::string& variable = environment_.mongotail_uri;
      uri = complete_uri(variable.empty() ? default_uri : variable);
      if (!uri) {
        uri.error().what = "MONGOTAIL_URI: " + uri.error().what;
        return fail(std::move(uri.error()));
      }
    }
    config_.connection.uri = std::move(*uri);
    return tls();
  }

  Status tls() {
    ConnectionConfig& to = config_.connection;
    to.tls_ca_file = typed_.tls_ca_file.value_or("");
    to.tls_certificate_key_file = typed_.tls_certificate_key_file.value_or("");
    to.tls_certificate_key_file_password = typed_.tls_certificate_key_file_password.value_or("");
    to.tls_allow_invalid_certificates = typed_.tls_allow_invalid_certificates;
    to.tls_allow_invalid_hostnames = typed_.tls_allow_invalid_hostnames;
    to.tls = typed_.tls || typed_.tls_ca_file || typed_.tls_certificate_key_file ||
             to.tls_allow_invalid_certificates || to.tls_allow_invalid_hostnames;
    if (typed_.tls_certificate_key_file_password && !typed_.tls_certificate_key_file) {
      return contradiction(
          {"--tlsCertificateKeyFilePassword"},
          "--tlsCertificateKeyFilePassword is given without --tlsCertificateKeyFile",
          "name the file that the password opens");
    }
    const std::pair<const char*, const Text&> paths[] = {
        {"--tlsCAFile", typed_.tls_ca_file},
        {"--tlsCertificateKeyFile", typed_.tls_certificate_key_file}};
    for (const auto& [flag, path] : paths) {
      if (path && path->empty()) return bad_value(flag, {Cause::usage, "the path is empty", ""});
    }
    return {};
  }

  Status login() {
    ConnectionConfig& to = config_.connection;
    const UriLogin in_uri = login_of(to.uri);
    if (typed_.username && typed_.username->empty()) {
      return bad_value("--username", {Cause::usage, "the name is empty", ""});
    }
    if (typed_.username && in_uri.username && *typed_.username != *in_uri.username) {
      return contradiction({"--username", "--uri"}, "--username is not the user that the URI names",
                           "name the user once");
    }
    to.username = typed_.username;
    to.auth_database = typed_.auth_database;
    to.auth_mechanism = typed_.auth_mechanism;
    const bool wants_prompt = typed_.password && typed_.password->empty();
    if (typed_.password && !wants_prompt) to.password = typed_.password;
    const bool has_user = to.username || in_uri.username;
    if (typed_.password && !has_user) {
      return contradiction({"--password"}, "--password is given, but no user",
                           "name the user with -u, or in the URI");
    }
    if (auto known = mechanism(in_uri); !known) return known;
    const bool has_password = to.password || in_uri.password;
    to.prompt_password = wants_prompt || (has_user && !has_password && needs_password_);
    if (to.prompt_password && !environment_.has_terminal) {
      return contradiction({"--username", "--uri", "--password"},
                           "the user's password is not given, and there is no terminal to ask on",
                           "put password = \"…\" in a file and name it with --config");
    }
    return {};
  }

  Status mechanism(const UriLogin& in_uri) {
    // Of the MongoDB manual, "Authentication Mechanisms"; which of them work is up to the driver.
    static constexpr std::array<Choice<bool>, 7> known = {{{"SCRAM-SHA-256", true},
                                                           {"SCRAM-SHA-1", true},
                                                           {"PLAIN", true},
                                                           {"MONGODB-X509", false},
                                                           {"GSSAPI", false},
                                                           {"MONGODB-AWS", false},
                                                           {"MONGODB-OIDC", false}}};
    if (!typed_.auth_mechanism && !in_uri.mechanism) return {};
    const char* flag = typed_.auth_mechanism ? "--authenticationMechanism" : "authMechanism";
    auto password = choose(
        flag, upper(typed_.auth_mechanism.value_or(std::string(in_uri.mechanism.value_or("")))),
        known);
    if (!password)
      return blame(typed_.auth_mechanism ? flag : "--uri", std::move(password.error()));
    needs_password_ = *password;
    return {};
  }

  // ---- Selection

  Status namespaces() {
    match::Selection& to = config_.selection;
    const std::pair<const char*, const Invocation::Texts&> lists[] = {
        {"--ns", typed_.ns}, {"--ns-exclude", typed_.ns_exclude}};
    for (const auto& [flag, patterns] : lists) {
      for (const std::string& pattern : patterns) {
        auto parsed = match::NsGlob::parse(pattern);
        if (!parsed) return bad_value(flag, std::move(parsed.error()));
      }
    }
    to.ns = typed_.ns;
    to.ns_exclude = typed_.ns_exclude;
    to.internal = typed_.internal;
    config_.from_migrate = typed_.from_migrate;
    return db_and_collection();
  }

  /// -d and -c are names, not patterns.
  Status db_and_collection() {
    if (typed_.collection && !typed_.db) {
      return contradiction({"--collection"}, "--collection is given without --db",
                           "add -d and the database's name");
    }
    if (!typed_.db) return {};
    const std::string& db = *typed_.db;
    if (db.empty() || db.find('.') != std::string::npos) {
      return bad_value("--db", {Cause::usage, quoted(db) + " is no database's name",
                                "for a whole namespace use --ns, or -d with -c"});
    }
    if (typed_.collection && typed_.collection->empty()) {
      return bad_value("--collection", {Cause::usage, "the name is empty", ""});
    }
    std::string pattern = escape_pattern(db);
    if (typed_.collection) pattern += '.' + escape_pattern(*typed_.collection);
    auto parsed = match::NsGlob::parse(pattern);
    if (!parsed) return bad_value("--db", std::move(parsed.error()));
    config_.selection.ns.push_back(std::move(pattern));
    return {};
  }

  static std::string escape_pattern(std::string_view name) {
    std::string escaped;
    for (const char c : name) {
      if (c == '*' || c == '?' || c == '\\') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }

  Status operations() {
    if (typed_.ops.empty()) return {};
    match::OpSet& ops = config_.selection.ops;
    ops = {false, false, false, false, false, false};
    using Member = bool match::OpSet::*;
    static constexpr std::array<Choice<Member>, 10> words = {{{"i", &match::OpSet::insert},
                                                              {"u", &match::OpSet::update},
                                                              {"d", &match::OpSet::remove},
                                                              {"c", &match::OpSet::command},
                                                              {"n", &match::OpSet::noop},
                                                              {"insert", &match::OpSet::insert},
                                                              {"update", &match::OpSet::update},
                                                              {"delete", &match::OpSet::remove},
                                                              {"command", &match::OpSet::command},
                                                              {"noop", &match::OpSet::noop}}};
    for (const std::string& list : typed_.ops) {
      std::string_view rest = list;
      for (bool more = true; more;) {
        const auto comma = rest.find(',');
        auto op = choose("--op", rest.substr(0, comma), words);
        if (!op) return blame("--op", std::move(op.error()));
        ops.*(*op) = true;
        more = comma != std::string_view::npos;
        if (more) rest.remove_prefix(comma + 1);
      }
    }
    return {};
  }

  Status documents() {
    match::Selection& to = config_.selection;
    if (typed_.id) {
      auto id = parse_id(*typed_.id);
      if (!id) return bad_value("--id", std::move(id.error()));
      to.id = std::move(*id);
    }
    if (typed_.query) {
      auto query = bson::parse_document(*typed_.query);
      if (!query) {
        if (query.error().hint.empty())
          query.error().hint = R"(a query is written {"o.status": "paid"})";
        return bad_value("--query", std::move(query.error()));
      }
      to.query = std::move(*query);
    }
    for (const std::string& path : typed_.changed) {
      const bool empty_step = path.empty() || path.front() == '.' || path.back() == '.' ||
                              path.find("..") != std::string::npos;
      if (empty_step) {
        return bad_value("--changed", {Cause::usage, quoted(path) + " is no path to a field",
                                       "a path is written status or address.city"});
      }
    }
    to.changed = typed_.changed;
    return {};
  }

  static bool is_object_id(std::string_view text) {
    return text.size() == 24 &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  }

  static Result<bson::OwnedDocument> parse_id(const std::string& text) {
    if (is_object_id(text)) return bson::parse_value(fmt::format(R"({{"$oid":"{}"}})", text));
    auto value = bson::parse_value(text);
    if (value) return value;
    // What begins like JSON is a mistake, not a string.
    if (text.empty() || text.find_first_of("{[\"") == 0) {
      value.error().hint = R"(an _id is 24 hex digits, JSON such as 7 or "7", or a plain word)";
      return value;
    }
    bson::Builder builder;
    builder.append("v", std::string_view(text));
    return builder.take();
  }

  /// Each part is fine by now; what is left is what only the predicate knows: operators, limits.
  Status selection_as_a_whole() {
    auto predicate = match::Predicate::make(config_.selection);
    if (predicate) return {};
    return bad_value(config_.selection.query ? "--query" : "--ns", std::move(predicate.error()));
  }

  // ---- Time and number

  Status window() {
    auto since = time_of("--since", typed_.since);
    if (!since) return fail(std::move(since.error()));
    auto until = time_of("--until", typed_.until);
    if (!until) return fail(std::move(until.error()));
    config_.since = *since;
    config_.until = *until;
    const At* from = config_.since ? std::get_if<At>(&*config_.since) : nullptr;
    const At* to = config_.until ? std::get_if<At>(&*config_.until) : nullptr;
    if (from != nullptr && to != nullptr && from->ts > to->ts) {
      return contradiction({"--since", "--until"}, "--since is later than --until",
                           "exchange them");
    }
    return {};
  }

  Result<std::optional<TimeSpec>> time_of(std::string_view flag, const Text& text) const {
    if (!text) return std::optional<TimeSpec>();
    auto time = parse_time(*text, environment_.now);
    if (!time) return bad_value(flag, std::move(time.error()));
    return std::optional<TimeSpec>(*time);
  }

  Status counts() {
    auto lines = count_of("--lines", typed_.lines);
    if (!lines) return fail(std::move(lines.error()));
    auto limit = count_of("--limit", typed_.limit);
    if (!limit) return fail(std::move(limit.error()));
    config_.lines = *lines;
    config_.limit = *limit;
    config_.follow = typed_.follow;
    return {};
  }

  Result<std::optional<std::uint64_t>> count_of(std::string_view flag, const Text& text) const {
    if (!text) return std::optional<std::uint64_t>();
    std::uint64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || at != end) {
      return bad_value(flag, {Cause::usage, quoted(*text) + " is no number of operations",
                              "write a whole number, 0 or more"});
    }
    return std::optional<std::uint64_t>(number);
  }

  // ---- Output

  Status format() {
    output::FormatOptions& to = config_.format;
    if (typed_.text_template && typed_.output) {
      return contradiction({"--output", "--format"}, "--output and --format are both given",
                           "give one of them");
    }
    static constexpr std::array<Choice<output::Format>, 4> formats = {
        {{"json", output::Format::json},
         {"pretty", output::Format::pretty},
         {"short", output::Format::short_line},
         {"bson", output::Format::bson}}};
    static constexpr std::array<Choice<output::JsonMode>, 2> modes = {
        {{"relaxed", output::JsonMode::relaxed}, {"canonical", output::JsonMode::canonical}}};
    to.format = environment_.stdout_is_terminal ? output::Format::pretty : output::Format::json;
    if (typed_.output) {
      auto chosen = choose("--output", *typed_.output, formats);
      if (!chosen) return blame("--output", std::move(chosen.error()));
      to.format = *chosen;
    }
    if (typed_.json_format) {
      auto chosen = choose("--jsonFormat", *typed_.json_format, modes);
      if (!chosen) return blame("--jsonFormat", std::move(chosen.error()));
      to.json_mode = *chosen;
    }
    if (typed_.text_template) {
      if (typed_.text_template->empty()) {
        return bad_value("--format", {Cause::usage, "the template is empty",
                                      "write one such as '{ts} {op} {ns} {id}'"});
      }
      to.format = output::Format::text;
      to.text_template = *typed_.text_template;
      auto formatter = output::Formatter::make(to);
      if (!formatter) return blame("--format", std::move(formatter.error()));
    }
    if (to.format == output::Format::bson && environment_.stdout_is_terminal) {
      return contradiction({"--output"}, "-o bson would write binary data to the terminal",
                           "send stdout to a file or a pipe, or use -o json");
    }
    config_.raw = typed_.raw;
    return {};
  }

  Status terminals() {
    if (typed_.verbose && typed_.quiet) {
      return contradiction({"--verbose", "--quiet"}, "--verbose and --quiet are both given",
                           "give one of them");
    }
    const bool dumb = environment_.term == "dumb";
    output::FormatOptions& to = config_.format;
    enum class Color { automatic, always, never };
    static constexpr std::array<Choice<Color>, 3> colors = {
        {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}};
    auto color = choose("--color", typed_.color.value_or("auto"), colors);
    if (!color) return blame("--color", std::move(color.error()));
    to.color =
        *color == Color::always || (*color == Color::automatic && environment_.stdout_is_terminal &&
                                    !dumb && environment_.no_color.empty());
    to.utc = typed_.utc;
    to.verbose = typed_.verbose;
    to.width = environment_.stdout_is_terminal ? width() : 0;
    config_.verbose = typed_.verbose;
    config_.quiet = typed_.quiet;
    config_.status_line = environment_.stderr_is_terminal && !typed_.quiet && !dumb;
    return {};
  }

  /// What the terminal says is newer than what the shell exported.
  int width() const {
    if (environment_.terminal_width > 0) return environment_.terminal_width;
    int columns = 0;
    const std::string& text = environment_.columns;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    const bool good = error == std::errc() && at == text.data() + text.size() && columns > 0;
    return good ? columns : default_width;
  }

  // ---- Resume

  Status resume() {
    static constexpr std::array<Choice<ReadConcern>, 2> concerns = {
        {{"majority", ReadConcern::majority}, {"local", ReadConcern::local}}};
    if (typed_.read_concern) {
      auto chosen = choose("--read-concern", *typed_.read_concern, concerns);
      if (!chosen) return blame("--read-concern", std::move(chosen.error()));
      config_.read_concern = *chosen;
    }
    config_.allow_gap = typed_.allow_gap;
    config_.cursor_file = typed_.cursor_file;
    config_.after_cursor = typed_.after_cursor;
    config_.show_cursor = typed_.show_cursor;
    config_.files = typed_.files;
    config_.skip_damaged = typed_.skip_damaged;
    return {};
  }

  const Invocation& typed_;
  const Environment& environment_;
  Config config_;
  bool needs_password_ = true;  ///< says the mechanism
};

}  // namespace

Result<Config> resolve(const Invocation& invocation, const Environment& environment) {
  return Resolver(invocation, environment).run();
}

}  // namespace mongotail::cli

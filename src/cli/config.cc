#include "cli/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "cli/resolve.h"

namespace mongotail::cli {
namespace {

using Text = Invocation::Text;

/// Brings what was typed and what the process found together; gives the first thing wrong.
class Resolver {
 public:
  Resolver(const Invocation& typed, const Environment& environment)
      : typed_(typed), environment_(environment), blame_(typed) {}

  Result<Config> run() {
    auto done = parts();
    if (done) done = window();
    if (done) done = counts();
    if (done) done = talk();
    if (done) done = resume();
    if (!done) return fail(std::move(done.error()));
    config_.raw = typed_.raw;
    return std::move(config_);
  }

 private:
  Status parts() {
    if (auto done = source(); !done) return done;
    if (auto done = several(); !done) return done;
    auto selection = resolve_selection(typed_);
    if (!selection) return fail(std::move(selection.error()));
    auto format = resolve_format(typed_, environment_);
    if (!format) return fail(std::move(format.error()));
    auto state = resolve_state(typed_, *selection);
    if (!state) return fail(std::move(state.error()));
    config_.selection = *std::move(selection);
    config_.format = *std::move(format);
    config_.state = *std::move(state);
    config_.format.state = config_.state.has_value();
    return {};
  }

  Status source() {
    config_.files = typed_.files;
    config_.skip_damaged = typed_.skip_damaged;
    if (typed_.connect) return other_mongotail();
    if (typed_.token_file) {
      return blame_.contradiction({"--token-file"}, "--token-file is for --connect",
                                  "say with --connect where the mongotail is that wants the token");
    }
    if (typed_.files.empty()) {
      if (typed_.skip_damaged) {
        return blame_.contradiction({"--skip-damaged"}, "--skip-damaged is for files",
                                    "name them with --file");
      }
      auto connection = resolve_connection(typed_, environment_);
      if (!connection) return fail(std::move(connection.error()));
      config_.connection = *std::move(connection);
      return {};
    }
    if (typed_.jobs) {
      return blame_.contradiction(
          {"--jobs"}, "--jobs is for the past of a server, but files are read", "leave out --jobs");
    }
    if (names_a_server()) {
      return blame_.contradiction({"--file"}, "--file reads without a server, but one is given",
                                  "leave out the server, or --file");
    }
    return {};
  }

  /// Servers after the first, and what is said of several sources.
  Status several() {
    auto more = resolve_more_connections(typed_, environment_);
    if (!more) return fail(std::move(more.error()));
    config_.more_connections = *std::move(more);
    config_.merge_files = typed_.merge;
    if (auto done = shards(); !done) return done;
    if (typed_.merge && typed_.files.empty()) {
      return blame_.contradiction({"--merge"}, "--merge is for files", "name them with --file");
    }
    if (typed_.merge && typed_.follow_given && typed_.follow) {
      return blame_.contradiction({"--merge", "--follow"}, "--merge reads files to their end",
                                  "leave out --follow");
    }
    return labels();
  }

  Status shards() {
    auto flags = resolve_cluster(typed_);
    if (!flags) return fail(std::move(flags.error()));
    static_cast<ClusterFlags&>(config_) = *std::move(flags);
    config_.from_migrate = typed_.from_migrate;
    return {};
  }

  Status labels() {
    static constexpr std::array<Choice<bool>, 2> orders = {{{"ts", false}, {"arrival", true}}};
    if (typed_.order) {
      auto chosen = choose(*typed_.order, orders);
      if (!chosen) return blame_.bad_value("--order", std::move(chosen.error()));
      config_.in_order_of_arrival = *chosen;
    }
    const std::size_t sources =
        config_.files.empty() ? 1 + config_.more_connections.size() : config_.files.size();
    if (!config_.is_merged() && (!typed_.labels.empty() || typed_.order)) {
      return blame_.contradiction({"--label", "--order"},
                                  "--label and --order are for several servers or files",
                                  "name several URIs, or several files and --merge");
    }
    if (config_.is_merged() && typed_.state) {
      return blame_.contradiction({"--state"}, "--state follows a document of one set",
                                  "name one server, or files without --merge");
    }
    if (!typed_.labels.empty() && typed_.labels.size() != sources) {
      return blame_.bad_value(
          "--label",
          fmt::format("{} labels are given for {} sources", typed_.labels.size(), sources),
          "give it once for each, in their order");
    }
    for (const std::string& label : typed_.labels) {
      if (!resume::can_name_source(label)) {
        return blame_.bad_value("--label", in_quotes(label) + " can't be the name of a source",
                                "leave out spaces, commas and equals signs");
      }
      if (std::ranges::count(typed_.labels, label) > 1) {
        return blame_.bad_value("--label", "two sources are called " + in_quotes(label),
                                "give each a name of its own");
      }
    }
    config_.labels = typed_.labels;
    return {};
  }

  Status other_mongotail() {
    if (!typed_.files.empty() || typed_.skip_damaged) {
      return blame_.contradiction({"--connect", "--file"}, "--connect and --file are both given",
                                  "give one of them");
    }
    // Its TLS flags are wanted here.
    Invocation other = typed_;
    other.tls = other.tls_allow_invalid_certificates = other.tls_allow_invalid_hostnames = false;
    other.tls_ca_file = std::nullopt;
    if (Resolver(other, environment_).names_a_server()) {
      return blame_.contradiction({"--connect"},
                                  "--connect reads from another mongotail, but a server is given",
                                  "leave out the server, or --connect");
    }
    if (typed_.raw || typed_.read_concern || typed_.jobs) {
      return blame_.contradiction({"--connect", "--raw", "--read-concern", "--jobs"},
                                  "--connect gives operations as the other mongotail reads them",
                                  "leave out --raw, --read-concern and --jobs");
    }
    auto address = parse_address(*typed_.connect);
    if (!address) return blame_.bad_value("--connect", std::move(address.error()));
    config_.connect = *std::move(address);
    config_.token_file = typed_.token_file;
    ConnectionConfig& tls = config_.connection;
    tls.tls_ca_file = typed_.tls_ca_file.value_or("");
    tls.tls_allow_invalid_certificates = typed_.tls_allow_invalid_certificates;
    tls.tls_allow_invalid_hostnames = typed_.tls_allow_invalid_hostnames;
    if (typed_.tls && !config_.connect->is_unix()) config_.connect->tls = true;
    return {};
  }

  /// Also how to reach one; the --config file may do so beside files.
  bool names_a_server() const {
    const auto given = [this](const char* flag, bool is_given) {
      return is_given && !typed_.from_config_file.contains(flag);
    };
    return typed_.uri || typed_.host || typed_.port || typed_.username || typed_.password ||
           given("--authenticationDatabase", typed_.auth_database.has_value()) ||
           given("--authenticationMechanism", typed_.auth_mechanism.has_value()) ||
           given("--tls", typed_.tls) || given("--tlsCAFile", typed_.tls_ca_file.has_value()) ||
           given("--tlsCertificateKeyFile", typed_.tls_certificate_key_file.has_value()) ||
           given("--tlsCertificateKeyFilePassword",
                 typed_.tls_certificate_key_file_password.has_value()) ||
           given("--tlsAllowInvalidCertificates", typed_.tls_allow_invalid_certificates) ||
           given("--tlsAllowInvalidHostnames", typed_.tls_allow_invalid_hostnames);
  }

  Status window() {
    auto since = time_of("--since", typed_.since);
    if (!since) return fail(std::move(since.error()));
    auto until = time_of("--until", typed_.until);
    if (!until) return fail(std::move(until.error()));
    config_.since = *since;
    config_.until = *until;
    if (config_.since && config_.until && is_empty(*config_.since, *config_.until)) {
      return blame_.contradiction({"--since", "--until"}, "--since is not before --until",
                                  "swap them, or give an earlier --since");
    }
    return {};
  }

  /// As far as that can be said without an oplog.
  static bool is_empty(const TimeSpec& since, const TimeSpec& until) {
    if (const auto* from = std::get_if<At>(&since)) {
      const auto* to = std::get_if<At>(&until);
      return to != nullptr && from->ts >= to->ts;
    }
    if (const auto* from = std::get_if<BeforeNewest>(&since)) {
      const auto* to = std::get_if<BeforeNewest>(&until);
      return to != nullptr && from->distance <= to->distance;
    }
    return false;
  }

  Result<std::optional<TimeSpec>> time_of(std::string_view flag, const Text& text) const {
    if (!text) return std::optional<TimeSpec>();
    auto time = parse_time(*text, environment_.now);
    if (!time) return blame_.bad_value(flag, std::move(time.error()));
    return std::optional<TimeSpec>(*time);
  }

  Status counts() {
    auto lines = count_of("--lines", typed_.lines);
    if (!lines) return fail(std::move(lines.error()));
    auto limit = count_of("--limit", typed_.limit);
    if (!limit) return fail(std::move(limit.error()));
    config_.lines = *lines;
    config_.limit = *limit;
    // A file ends at its end unless -f is typed.
    config_.follow = typed_.follow && (typed_.files.empty() || typed_.follow_given);
    return {};
  }

  Result<std::optional<std::uint64_t>> count_of(std::string_view flag, const Text& text) const {
    if (!text) return std::optional<std::uint64_t>();
    std::uint64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || at != end) {
      return blame_.bad_value(flag, in_quotes(*text) + " is not a number",
                              "write a whole number, 0 or more");
    }
    return std::optional<std::uint64_t>(number);
  }

  Status talk() {
    auto summary = resolve_summary(typed_);
    if (!summary) return fail(std::move(summary.error()));
    config_.summary = summary->has_value();
    if (*summary) config_.summary_options = **std::move(summary);
    config_.summary_as_json = config_.summary && typed_.output == "json";
    if (config_.summary && (typed_.text_template || typed_.output == "bson")) {
      return blame_.contradiction({"--summary", "--summary-by"},
                                  "--summary counts operations and prints none",
                                  "leave out --format or -o bson; -o json makes it lines of JSON");
    }
    config_.live_summary = config_.summary && !config_.summary_as_json &&
                           environment_.stdout_is_terminal && environment_.term != "dumb";
    if (typed_.verbose && typed_.quiet) {
      return blame_.contradiction({"--verbose", "--quiet"}, "--verbose and --quiet are both given",
                                  "give one of them");
    }
    config_.verbose = typed_.verbose;
    config_.quiet = typed_.quiet;
    config_.status_line =
        environment_.stderr_is_terminal && !typed_.quiet && environment_.term != "dumb";
    return {};
  }

  Status resume() {
    static constexpr std::array<Choice<ReadConcern>, 2> concerns = {
        {{"majority", ReadConcern::majority}, {"local", ReadConcern::local}}};
    if (typed_.read_concern) {
      auto chosen = choose(*typed_.read_concern, concerns);
      if (!chosen) return blame_.bad_value("--read-concern", std::move(chosen.error()));
      config_.read_concern = *chosen;
    }
    if (auto done = jobs(); !done) return done;
    config_.allow_gap = typed_.allow_gap;
    config_.cursor_file = typed_.cursor_file;
    config_.show_cursor = typed_.show_cursor;
    config_.known_users = typed_.known_users;
    if (typed_.after_cursor) {
      const bool named = typed_.after_cursor->find('=') != std::string::npos;
      if (config_.is_merged() || named) return after_cursors();
      auto cursor = resume::parse_cursor(*typed_.after_cursor);
      if (!cursor) return blame_.bad_value("--after-cursor", std::move(cursor.error()));
      config_.after_cursor = *cursor;
    }
    return {};
  }

  Status jobs() {
    constexpr std::uint64_t most = 64;
    const auto count = count_of("--jobs", typed_.jobs);
    if (!count) return fail(count.error());
    if (!*count) return {};
    if (**count == 0 || **count > most) {
      return blame_.bad_value(
          "--jobs", fmt::format("{} cursors are too {}", **count, **count == 0 ? "few" : "many"),
          fmt::format("write a number from 1 to {}", most));
    }
    config_.jobs = static_cast<std::size_t>(**count);
    return {};
  }

  Status after_cursors() {
    auto cursors = resume::parse_cursors(*typed_.after_cursor);
    if (cursors && cursors->front().source.empty()) {
      return blame_.bad_value(
          "--after-cursor", "a cursor of one source, but several are read",
          "the form is SOURCE=CURSOR,SOURCE=CURSOR, as --show-cursor prints it");
    }
    if (!cursors) return blame_.bad_value("--after-cursor", std::move(cursors.error()));
    config_.after_cursors = *std::move(cursors);
    return {};
  }

  const Invocation& typed_;
  const Environment& environment_;
  Blame blame_;
  Config config_;
};

}  // namespace

Result<Config> resolve(const Invocation& invocation, const Environment& environment) {
  return Resolver(invocation, environment).run();
}

}  // namespace mongotail::cli

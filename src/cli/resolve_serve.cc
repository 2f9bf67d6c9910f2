#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "cli/resolve.h"
#include "cli/serve_config.h"

namespace mongotail::cli {
namespace {

using Text = Invocation::Text;

class ServeResolver {
 public:
  ServeResolver(const Invocation& typed, const Environment& environment)
      : typed_(typed), environment_(environment), blame_(typed) {}

  Result<ServeConfig> run() {
    auto done = stream();
    if (done) done = addresses();
    if (done) done = guards();
    if (done) done = limits();
    if (done) done = talk();
    if (!done) return fail(std::move(done.error()));
    return std::move(config_);
  }

 private:
  Status stream() {
    auto connection = resolve_connection(typed_, environment_);
    if (!connection) return fail(std::move(connection.error()));
    auto selection = resolve_selection(typed_);
    if (!selection) return fail(std::move(selection.error()));
    config_.connection = *std::move(connection);
    config_.selection = *std::move(selection);
    // Subscribers may ask for no-ops, unless there is a say on operations here.
    if (typed_.ops.empty()) config_.selection.ops.noop = true;
    return {};
  }

  Status addresses() {
    config_.token_file = typed_.token_file;
    config_.certificate_key_file = typed_.listen_tls_certificate_key_file;
    for (const std::string& text : typed_.listen) {
      auto address = parse_address(text);
      if (!address) return blame_.bad_value("--listen", std::move(address.error()));
      if (address->tls && !config_.certificate_key_file) {
        return blame_.contradiction({"--listen"}, "--listen asks for https without a certificate",
                                    "name it with --listen-tlsCertificateKeyFile");
      }
      if (auto safe = check_reach(*address); !safe) return safe;
      config_.listen.push_back(*std::move(address));
    }
    return {};
  }

  /// What other machines can reach needs a token.
  Status check_reach(const Address& address) const {
    if (address.is_local() || config_.token_file) return {};
    return blame_.contradiction(
        {"--listen"},
        in_quotes(address.host) +
            " can be reached from other machines, and there is no --token-file",
        "give one, and TLS too: --listen-tlsCertificateKeyFile, or a proxy in front; or listen on "
        "127.0.0.1");
  }

  Status guards() {
    config_.known_users = typed_.known_users;
    const std::pair<const char*, const Text&> paths[] = {
        {"--token-file", typed_.token_file},
        {"--listen-tlsCertificateKeyFile", typed_.listen_tls_certificate_key_file}};
    for (const auto& [flag, path] : paths) {
      if (path && path->empty()) return blame_.bad_value(flag, "the path is empty");
    }
    for (const std::string& host : typed_.allow_host) {
      if (host.empty() || host.find_first_of("/:@ ") != std::string::npos) {
        return blame_.bad_value("--allow-host", in_quotes(host) + " is not a host name",
                                "write it as in the URL, without its port");
      }
      std::string lower = host;
      std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      config_.allow_hosts.push_back(std::move(lower));
    }
    for (const std::string& origin : typed_.allow_origin) {
      const bool has_scheme = origin.starts_with("http://") || origin.starts_with("https://");
      if (origin != "null" && (!has_scheme || origin.ends_with('/'))) {
        return blame_.bad_value(
            "--allow-origin", in_quotes(origin) + " is not an origin",
            "write it as the browser sends it: https://host or http://host:port");
      }
      config_.allow_origins.push_back(origin);
    }
    return {};
  }

  Status limits() {
    if (typed_.socket_mode) {
      const auto mode = whole(*typed_.socket_mode, 8);
      if (!mode || *mode > 0777) {
        return blame_.bad_value("--socket-mode",
                                in_quotes(*typed_.socket_mode) + " is not a file mode",
                                "write it in octal, such as 0660");
      }
      config_.socket_mode = static_cast<unsigned>(*mode);
    }
    if (typed_.ring_size) {
      const auto bytes = size_of(*typed_.ring_size);
      if (!bytes || *bytes == 0) {
        return blame_.bad_value("--ring-size", in_quotes(*typed_.ring_size) + " is not a size",
                                "write it in bytes, or as 256KiB, 64MiB, 1GiB");
      }
      config_.ring_bytes = *bytes;
    }
    if (typed_.drop_after) {
      const auto seconds = whole(*typed_.drop_after, 10);
      if (!seconds || *seconds == 0 || *seconds > 86'400) {
        return blame_.bad_value("--drop-after",
                                in_quotes(*typed_.drop_after) + " is not a number of seconds",
                                "write a whole number from 1 to 86400");
      }
      config_.drop_after = std::chrono::seconds(*seconds);
    }
    if (typed_.max_subscribers) {
      const auto count = whole(*typed_.max_subscribers, 10);
      if (!count || *count == 0 || *count > 1'000'000) {
        return blame_.bad_value(
            "--max-subscribers",
            in_quotes(*typed_.max_subscribers) + " is not a number of subscribers",
            "write a whole number from 1 to 1000000");
      }
      config_.max_subscribers = *count;
    }
    return {};
  }

  static std::optional<std::uint64_t> whole(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  static std::optional<std::uint64_t> size_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, int>, 3> units = {
        {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
    int shift = 0;
    for (const auto& [unit, bits] : units) {
      if (!text.ends_with(unit)) continue;
      text.remove_suffix(unit.size());
      shift = bits;
    }
    const auto number = whole(text, 10);
    if (!number || *number > (std::uint64_t{1} << 40 >> shift)) return std::nullopt;
    return *number << shift;
  }

  Status talk() {
    if (typed_.verbose && typed_.quiet) {
      return blame_.contradiction({"--verbose", "--quiet"}, "--verbose and --quiet are both given",
                                  "give one of them");
    }
    config_.verbose = typed_.verbose;
    config_.quiet = typed_.quiet;
    config_.status_line = environment_.stderr_is_terminal && !typed_.quiet;
    return {};
  }

  const Invocation& typed_;
  const Environment& environment_;
  Blame blame_;
  ServeConfig config_;
};

}  // namespace

Result<ServeConfig> resolve_serve(const Invocation& invocation, const Environment& environment) {
  return ServeResolver(invocation, environment).run();
}

}  // namespace mongotail::cli

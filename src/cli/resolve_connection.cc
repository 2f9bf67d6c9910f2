#include <algorithm>
#include <array>
#include <utility>

#include "cli/resolve.h"
#include "cli/server_uri.h"

namespace mongotail::cli {
namespace {

constexpr const char* default_uri = "mongodb://localhost:27017";

using Text = Invocation::Text;

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

class ConnectionResolver {
 public:
  ConnectionResolver(const Invocation& typed, const Environment& environment)
      : typed_(typed), environment_(environment), blame_(typed) {}

  Result<ConnectionConfig> run() {
    auto done = connection();
    if (done) done = login();
    if (!done) return fail(std::move(done.error()));
    return std::move(config_);
  }

 private:
  Status connection() {
    auto uri = server();
    if (!uri) return fail(std::move(uri.error()));
    config_.uri = *std::move(uri);
    return tls();
  }

  Result<std::string> server() const {
    const bool by_host = typed_.host || typed_.port;
    if (by_host && typed_.uri) {
      return blame_.contradiction({"--uri", "--host", "--port"},
                                  "a URI is given, and --host or --port beside it",
                                  "give the one or the other");
    }
    if (by_host) {
      auto uri = uri_from_host(typed_.host, typed_.port);
      if (!uri) return blame_.of(typed_.host ? "--host" : "--port", std::move(uri.error()));
      return uri;
    }
    if (typed_.uri) {
      auto uri = complete_uri(*typed_.uri);
      if (!uri) return blame_.of("--uri", std::move(uri.error()));
      return uri;
    }
    if (environment_.mongotail_uri.empty()) return default_uri;
    auto uri = complete_uri(environment_.mongotail_uri);
    if (!uri) uri.error().what.insert(0, "MONGOTAIL_URI: ");
    return uri;
  }

  Status tls() {
    ConnectionConfig& to = config_;
    to.tls_ca_file = typed_.tls_ca_file.value_or("");
    to.tls_certificate_key_file = typed_.tls_certificate_key_file.value_or("");
    to.tls_certificate_key_file_password = typed_.tls_certificate_key_file_password.value_or("");
    to.tls_allow_invalid_certificates = typed_.tls_allow_invalid_certificates;
    to.tls_allow_invalid_hostnames = typed_.tls_allow_invalid_hostnames;
    to.tls = typed_.tls || typed_.tls_ca_file || typed_.tls_certificate_key_file ||
             to.tls_allow_invalid_certificates || to.tls_allow_invalid_hostnames;
    if (typed_.tls_certificate_key_file_password && !typed_.tls_certificate_key_file) {
      return blame_.contradiction(
          {"--tlsCertificateKeyFilePassword"},
          "--tlsCertificateKeyFilePassword is given without --tlsCertificateKeyFile",
          "name the file that the password opens");
    }
    const std::pair<const char*, const Text&> paths[] = {
        {"--tlsCAFile", typed_.tls_ca_file},
        {"--tlsCertificateKeyFile", typed_.tls_certificate_key_file}};
    for (const auto& [flag, path] : paths) {
      if (path && path->empty()) return blame_.bad_value(flag, "the path is empty");
    }
    return {};
  }

  Status login() {
    const UriLogin in_uri = login_of(config_.uri);
    config_.username = typed_.username;
    config_.auth_database = typed_.auth_database;
    config_.auth_mechanism = typed_.auth_mechanism;
    if (typed_.username && typed_.username->empty()) {
      return blame_.bad_value("--username", "the name is empty");
    }
    if (typed_.username && in_uri.username && *typed_.username != *in_uri.username) {
      return blame_.contradiction({"--username", "--uri"},
                                  "--username is not the user that the URI names",
                                  "name the user once");
    }
    auto done = mechanism(in_uri);
    return done ? password(in_uri) : done;
  }

  Status password(const UriLogin& in_uri) {
    const bool has_user = config_.username || in_uri.username;
    if (typed_.password && !has_user) {
      return blame_.contradiction({"--password"}, "--password is given, but no user",
                                  "name the user with -u, or in the URI");
    }
    const bool wants_prompt = typed_.password && typed_.password->empty();
    if (!wants_prompt) config_.password = typed_.password;
    const bool has_password = config_.password || in_uri.password;
    config_.prompt_password = wants_prompt || (has_user && !has_password && needs_password_);
    if (config_.prompt_password && !environment_.has_terminal) {
      return blame_.contradiction({"--username", "--uri", "--password"},
                                  "no password given, and no terminal to prompt on",
                                  "put password = \"...\" in a file and name it with --config");
    }
    return {};
  }

  Status mechanism(const UriLogin& in_uri) {
    // MongoDB manual, "Authentication Mechanisms"; which of them work is up to the driver.
    static constexpr std::array<Choice<bool>, 7> needs_password = {{{"SCRAM-SHA-256", true},
                                                                    {"SCRAM-SHA-1", true},
                                                                    {"PLAIN", true},
                                                                    {"MONGODB-X509", false},
                                                                    {"GSSAPI", false},
                                                                    {"MONGODB-AWS", false},
                                                                    {"MONGODB-OIDC", false}}};
    std::string name = typed_.auth_mechanism.value_or(std::string(in_uri.mechanism.value_or("")));
    if (name.empty() && !typed_.auth_mechanism) return {};
    auto chosen = choose(upper(std::move(name)), needs_password);
    if (chosen) {
      needs_password_ = *chosen;
      return {};
    }
    if (typed_.auth_mechanism) {
      return blame_.bad_value("--authenticationMechanism", std::move(chosen.error()));
    }
    chosen.error().what.insert(0, "authMechanism in the URI: ");
    return blame_.of("--uri", std::move(chosen.error()));
  }

  const Invocation& typed_;
  const Environment& environment_;
  Blame blame_;
  ConnectionConfig config_;
  bool needs_password_ = true;  ///< says the mechanism
};

}  // namespace

Result<ConnectionConfig> resolve_connection(const Invocation& typed,
                                            const Environment& environment) {
  return ConnectionResolver(typed, environment).run();
}

Result<std::vector<ConnectionConfig>> resolve_more_connections(const Invocation& typed,
                                                               const Environment& environment) {
  std::vector<ConnectionConfig> connections;
  for (const std::string& uri : typed.more_uris) {
    Invocation other = typed;
    other.uri = uri;
    auto connection = resolve_connection(other, environment);
    if (!connection) return fail(std::move(connection.error()));
    connections.push_back(*std::move(connection));
  }
  return connections;
}

}  // namespace mongotail::cli

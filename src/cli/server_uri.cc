#include "cli/server_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <vector>

#include "base/safe_text.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/uri.h"

namespace mongotail::cli {
namespace {

constexpr std::string_view scheme_mark = "://";
constexpr const char* forms = "write mongodb://host:port/, mongodb+srv://host/ or host:port";

tl::unexpected<Error> bad_uri(std::string_view text, std::string_view why,
                              const char* hint = forms) {
  return fail(Cause::usage, fmt::format("'{}' {}", safe_text(redact_uri(text)), why), hint);
}

bool has_blank(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || at != text.data() + text.size() || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// `host:port`, cut in two; IPv6 addresses have brackets, which stay.
struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;

  static HostAndPort split(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
};

bool is_bare_ipv6(std::string_view text) {
  return std::count(text.begin(), text.end(), ':') > 1 && !text.starts_with('[');
}

/// Why `text` is not `host` or `host:port`; nullptr if it is.
const char* fault_of_host(std::string_view text) {
  if (text.empty()) return "has no host";
  if (text.starts_with('-')) return "is not a host";
  if (is_bare_ipv6(text)) return "is not a host: an IPv6 address needs brackets";
  const auto [host, port] = HostAndPort::split(text);
  if (host.empty() || host == "[]") return "has no host";
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (!brackets && host.find_first_of("[]%\\\"'{}|^<>`") != std::string_view::npos)
    return "is not a host";
  if (port && !parse_port(*port)) return "has no valid port: it must be between 1 and 65535";
  return nullptr;
}

/// Whether the login holds an @ or a second colon. libmongoc takes what follows the @ for the host,
/// and shows the password where it has a colon in it.
bool is_unescaped(std::string_view login) {
  return login.find('@') != std::string_view::npos ||
         std::count(login.begin(), login.end(), ':') > 1;
}

/// Whether the options begin right behind the hosts, which the driver refuses. An @ behind the ?
/// rather means a password with a ? in it.
bool lacks_slash(const UriParts& uri) {
  return uri.path.empty() && uri.query && uri.query->find('@') == std::string_view::npos;
}

/// The error for such a URI, with its mended form.
tl::unexpected<Error> missing_slash(const UriParts& uri) {
  const std::string mended = redact_uri(fmt::format("{}/?{}", uri.hosts, *uri.query));
  return fail(Cause::usage, "the URI has no / between its hosts and the ?",
              fmt::format("write '{}{}{}{}'", uri.scheme.empty() ? "mongodb" : uri.scheme,
                          scheme_mark, uri.login ? "USER:PASSWORD@" : "", safe_text(mended)));
}

Result<std::string> check_whole_uri(std::string_view text) {
  const auto uri = UriParts::of(text);
  if (uri.scheme != "mongodb" && uri.scheme != "mongodb+srv") {
    return bad_uri(text, "is not a MongoDB URI, which begins with mongodb:// or mongodb+srv://");
  }
  if (uri.hosts.empty() && !uri.login) return bad_uri(text, "has no host");
  if (uri.login && is_unescaped(*uri.login)) {
    return bad_uri(text, "has an @ or a : inside of its user or password",
                   "write %40 for @, %3A for : and %25 for %, or give -u and -p beside the URI");
  }
  for (const std::string_view host : split_at_commas(uri.hosts)) {
    const bool socket = host.find('%') != std::string_view::npos;
    const char* fault = socket ? nullptr : fault_of_host(host);
    if (fault != nullptr) return bad_uri(text, fmt::format("is malformed: it {}", fault));
  }
  if (lacks_slash(uri)) return missing_slash(uri);
  return std::string(text);
}

/// Absolute, or relative to the working directory as a shell completes it.
bool is_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
         (text.ends_with(".sock") && text.find_first_of("@?,") == std::string_view::npos);
}

Result<std::string> complete_socket(std::string_view path) {
  if (!path.ends_with(".sock")) {
    return bad_uri(path,
                   "is a path: only that of a server's socket, with .sock at its end, can be "
                   "connected to");
  }
  // The driver takes a name without a slash for a host's.
  const bool bare = path.find('/') == std::string_view::npos;
  return fmt::format("mongodb://{}{}", bare ? percent_encoded("./") : "", percent_encoded(path));
}

/// `a,b:1` with the port put to those that have none.
Result<std::string> host_list(std::string_view text, std::optional<std::string_view> port) {
  std::string list;
  for (const std::string_view part : split_at_commas(text)) {
    const std::string host = is_bare_ipv6(part) ? fmt::format("[{}]", part) : std::string(part);
    if (const char* fault = fault_of_host(host)) return bad_uri(text, fault);
    if (!list.empty()) list += ',';
    list += host;
    if (!port) continue;
    if (HostAndPort::split(host).port) {
      return fail(
          Cause::usage,
          fmt::format("--host {} has a port, and --port is another", safe_text(redact_uri(text))),
          "give the port once");
    }
    list += fmt::format(":{}", *port);
  }
  return list;
}

}  // namespace

Result<std::string> complete_uri(std::string_view text) {
  if (text.empty()) return fail(Cause::usage, "the URI is empty", forms);
  if (has_blank(text)) return bad_uri(text, "has a space or a control character in it");
  if (text.find(scheme_mark) != std::string_view::npos) return check_whole_uri(text);
  if (is_path(text)) return complete_socket(text);
  if (text.find('@') != std::string_view::npos) {
    return bad_uri(text, "has a user but no scheme", "write mongodb://user@host:port/");
  }
  const auto uri = UriParts::of(text);
  for (const std::string_view host : split_at_commas(uri.hosts)) {
    if (const char* fault = fault_of_host(host)) return bad_uri(text, fault);
  }
  if (lacks_slash(uri)) return missing_slash(uri);
  return fmt::format("mongodb://{}", text);
}

Result<std::string> uri_from_host(std::optional<std::string_view> host,
                                  std::optional<std::string_view> port) {
  if (port && !parse_port(*port)) {
    return fail(Cause::usage, fmt::format("--port '{}' is not a port", safe_text(*port)),
                "a port is a number from 1 to 65535");
  }
  std::string_view text = host.value_or("localhost");
  if (text.find(scheme_mark) != std::string_view::npos) {
    return fail(Cause::usage, "--host is a whole URI", "give it as an argument, or with --uri");
  }
  if (has_blank(text)) return bad_uri(text, "has a space or a control character in it");
  if (is_path(text)) return complete_socket(text);
  std::string_view set;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    set = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (set.empty()) return bad_uri(*host, "names no replica set before its /");
  }
  if (text.find_first_of("/?@") != std::string_view::npos) {
    return bad_uri(*host, "is not a host", "write host, host:port or set/host:port,...");
  }
  auto list = host_list(text, port);
  if (!list || set.empty()) {
    return list ? Result<std::string>("mongodb://" + *list) : std::move(list);
  }
  return fmt::format("mongodb://{}/?replicaSet={}", *list, percent_encoded(set));
}

UriLogin login_of(std::string_view uri) {
  UriLogin login;
  const auto parts = UriParts::of(uri);
  if (parts.login) {
    const auto colon = parts.login->find(':');
    login.username = percent_decoded(parts.login->substr(0, colon));
    if (colon != std::string_view::npos) login.password = parts.login->substr(colon + 1);
  }
  for (const UriOption& option : options_of(parts.query.value_or(""))) {
    if (option.value && option.is("authmechanism")) login.mechanism = *option.value;
  }
  return login;
}

namespace {

// Of libmongoc 1.23 to 2.x (mongoc-uri.h).
constexpr std::string_view known_options[] = {"appname",
                                              "authMechanism",
                                              "authMechanismProperties",
                                              "authSource",
                                              "canonicalizeHostname",
                                              "compressors",
                                              "connectTimeoutMS",
                                              "directConnection",
                                              "gssapiServiceName",
                                              "heartbeatFrequencyMS",
                                              "journal",
                                              "loadBalanced",
                                              "localThresholdMS",
                                              "maxIdleTimeMS",
                                              "maxPoolSize",
                                              "maxStalenessSeconds",
                                              "minPoolSize",
                                              "readConcernLevel",
                                              "readPreference",
                                              "readPreferenceTags",
                                              "replicaSet",
                                              "retryReads",
                                              "retryWrites",
                                              "safe",
                                              "serverMonitoringMode",
                                              "serverSelectionTimeoutMS",
                                              "serverSelectionTryOnce",
                                              "slaveOk",
                                              "socketCheckIntervalMS",
                                              "socketTimeoutMS",
                                              "srvMaxHosts",
                                              "srvServiceName",
                                              "ssl",
                                              "sslAllowInvalidCertificates",
                                              "sslAllowInvalidHostnames",
                                              "sslCertificateAuthorityFile",
                                              "sslClientCertificateKeyFile",
                                              "sslClientCertificateKeyPassword",
                                              "tls",
                                              "tlsAllowInvalidCertificates",
                                              "tlsAllowInvalidHostnames",
                                              "tlsCAFile",
                                              "tlsCertificateKeyFile",
                                              "tlsCertificateKeyFilePassword",
                                              "tlsDisableCertificateRevocationCheck",
                                              "tlsDisableOCSPEndpointCheck",
                                              "tlsInsecure",
                                              "w",
                                              "waitQueueMultiple",
                                              "waitQueueTimeoutMS",
                                              "wTimeoutMS",
                                              "zlibCompressionLevel"};

}  // namespace

std::vector<UnknownOption> unknown_options(std::string_view uri) {
  const auto query = UriParts::of(uri).query;
  std::vector<UnknownOption> unknown;
  if (!query || query->find('@') != std::string_view::npos) return unknown;
  const std::vector<std::string> names(std::begin(known_options), std::end(known_options));
  for (const UriOption& option : options_of(*query)) {
    const bool known = std::ranges::any_of(
        names, [&option](const std::string& name) { return option.is(lower(name)); });
    if (known || option.name.empty()) continue;
    unknown.push_back({std::string(option.name), closest(option.name, names)});
  }
  return unknown;
}

}  // namespace mongotail::cli

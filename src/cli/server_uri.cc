#include "cli/server_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/redact_uri.h"
#include "base/safe_text.h"

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

/// Why `text` is not `host` or `host:port`; nullptr where it is.
const char* fault_of_host(std::string_view text) {
  if (text.empty()) return "has no host";
  if (text.starts_with('-')) return "is no host";
  if (is_bare_ipv6(text)) return "is no host: an IPv6 address stands in brackets";
  const auto [host, port] = HostAndPort::split(text);
  if (host.empty() || host == "[]") return "has no host";
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (!brackets && host.find_first_of("[]%\\\"'{}|^<>`") != std::string_view::npos)
    return "is no host";
  if (port && !parse_port(*port)) return "has no proper port: it is 1 to 65535";
  return nullptr;
}

/// A socket's path, as the URI wants it.
std::string encode_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// With %41 as A; what is no escape stays.
std::string decoded(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1)) {
    unsigned byte = 0;
    const bool escape =
        text.front() == '%' && text.size() >= 3 &&
        std::from_chars(text.data() + 1, text.data() + 3, byte, 16).ptr == text.data() + 3;
    out += escape ? static_cast<char>(byte) : text.front();
    if (escape) text.remove_prefix(2);
  }
  return out;
}

/// `mongodb+srv` in any case of letters.
bool same_letters(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(), same);
}

/// Whether the part before the host holds an @ or a second colon. libmongoc takes what follows the
/// @ for the host, and shows the password where it has a colon in it.
bool has_unescaped_login(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return false;
  const std::string_view login = authority.substr(0, at);
  return login.find('@') != std::string_view::npos ||
         std::count(login.begin(), login.end(), ':') > 1;
}

/// Whether the options begin right behind the hosts, which the driver refuses. An @ behind the ?
/// rather means a password with a ? in it.
bool lacks_slash(std::string_view rest) {
  const auto end_of_hosts = rest.find_first_of("/?");
  return end_of_hosts != std::string_view::npos && rest[end_of_hosts] == '?' &&
         rest.find('@', end_of_hosts) == std::string_view::npos;
}

/// The error for such a URI, with its mended form. `rest` is what follows the scheme.
tl::unexpected<Error> missing_slash(std::string_view scheme, std::string_view rest) {
  const auto query = rest.find('?');
  const auto at = rest.substr(0, query).rfind('@');
  const bool has_login = at != std::string_view::npos;
  const auto hosts = rest.substr(has_login ? at + 1 : 0, query - (has_login ? at + 1 : 0));
  const std::string mended = fmt::format("{}/{}", hosts, rest.substr(query));
  return fail(Cause::usage, "the URI has no / between its hosts and the ?",
              fmt::format("write '{}{}{}{}'", safe_text(scheme), scheme_mark,
                          has_login ? "USER:PASSWORD@" : "", safe_text(redact_uri(mended))));
}

Result<std::string> check_whole_uri(std::string_view text, std::size_t scheme_size) {
  const auto scheme = text.substr(0, scheme_size);
  if (scheme != "mongodb" && scheme != "mongodb+srv") {
    return bad_uri(text, "is no MongoDB URI: it begins with mongodb:// or mongodb+srv://");
  }
  const auto rest = text.substr(scheme_size + scheme_mark.size());
  if (rest.empty() || rest.front() == '/' || rest.front() == '?') {
    return bad_uri(text, "has no host");
  }
  if (has_unescaped_login(rest)) {
    return bad_uri(text, "has an @ or a : inside of its user or password",
                   "write %40 for @, %3A for : and %25 for %, or give -u and -p beside the URI");
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const auto at = authority.rfind('@');
  const auto hosts = at == std::string_view::npos ? authority : authority.substr(at + 1);
  for (const std::string_view host : split_at_commas(hosts)) {
    const bool socket = host.find('%') != std::string_view::npos;
    const char* fault = socket ? nullptr : fault_of_host(host);
    if (fault != nullptr) return bad_uri(text, fmt::format("is malformed: it {}", fault));
  }
  if (lacks_slash(rest)) return missing_slash(scheme, rest);
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
  return fmt::format("mongodb://{}{}", bare ? encode_path("./") : "", encode_path(path));
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
  if (const auto scheme = text.find(scheme_mark); scheme != std::string_view::npos) {
    return check_whole_uri(text, scheme);
  }
  if (is_path(text)) return complete_socket(text);
  if (text.find('@') != std::string_view::npos) {
    return bad_uri(text, "has a user but no scheme", "write mongodb://user@host:port/");
  }
  const auto end_of_hosts = std::min(text.find_first_of("/?"), text.size());
  for (const std::string_view host : split_at_commas(text.substr(0, end_of_hosts))) {
    if (const char* fault = fault_of_host(host)) return bad_uri(text, fault);
  }
  if (lacks_slash(text)) return missing_slash("mongodb", text);
  return fmt::format("mongodb://{}", text);
}

Result<std::string> uri_from_host(std::optional<std::string_view> host,
                                  std::optional<std::string_view> port) {
  if (port && !parse_port(*port)) {
    return fail(Cause::usage, fmt::format("--port '{}' is no port", safe_text(*port)),
                "a port is a number from 1 to 65535");
  }
  std::string_view text = host.value_or("localhost");
  if (text.find(scheme_mark) != std::string_view::npos) {
    return fail(Cause::usage, "--host holds a whole URI", "give it as an argument, or with --uri");
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
    return bad_uri(*host, "is no host", "a host is written host, host:port or set/host:port,...");
  }
  auto list = host_list(text, port);
  if (!list || set.empty()) {
    return list ? Result<std::string>("mongodb://" + *list) : std::move(list);
  }
  return fmt::format("mongodb://{}/?replicaSet={}", *list, encode_path(set));
}

UriLogin login_of(std::string_view uri) {
  UriLogin login;
  const auto scheme = uri.find(scheme_mark);
  if (scheme != std::string_view::npos) uri.remove_prefix(scheme + scheme_mark.size());
  const std::string_view authority = uri.substr(0, uri.find_first_of("/?"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    const auto colon = user.find(':');
    login.username = decoded(user.substr(0, colon));
    if (colon != std::string_view::npos) login.password = user.substr(colon + 1);
  }
  constexpr std::string_view name = "authmechanism=";
  auto query = uri.find('?');
  while (query != std::string_view::npos) {
    uri.remove_prefix(query + 1);
    if (same_letters(uri.substr(0, name.size()), name)) {
      const auto value = uri.substr(name.size());
      login.mechanism = value.substr(0, value.find_first_of("&;"));
    }
    query = uri.find_first_of("&;");
  }
  return login;
}

}  // namespace mongotail::cli

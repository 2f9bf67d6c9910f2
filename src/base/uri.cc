#include "base/uri.h"

#include <algorithm>
#include <array>

namespace mongotail {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::string_view scheme_mark = "://";

// Options that hold a secret (MongoDB manual, "Connection String Options"); in lower case.
constexpr std::array<std::string_view, 6> secret_options = {
    "authmechanismproperties", "tlscertificatekeyfilepassword", "sslclientcertificatekeypassword",
    "sslpempassword",          "sslcertificatekeyfilepassword", "proxypassword"};

bool is_secret(const UriOption& option) {
  return std::ranges::any_of(secret_options,
                             [&](std::string_view name) { return option.is(name); });
}

void append_options(std::string_view query, std::string& out) {
  char separator = '?';
  for (const UriOption& option : options_of(query)) {
    out += separator;
    out.append(option.name);
    if (option.value) out.append("=").append(is_secret(option) ? hidden : *option.value);
    separator = '&';
  }
}

/// A second thing behind a colon that is not a port: a login whose host was forgotten.
bool is_login_without_host(std::string_view authority) {
  if (authority.starts_with('[')) return false;
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = authority.substr(colon + 1, authority.find(',') - colon - 1);
  return port.size() > 5 ||
         !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// With its mark; empty if there is none.
std::string_view scheme_of(std::string_view uri) {
  const auto mark = uri.find(scheme_mark);
  return mark == std::string_view::npos ? "" : uri.substr(0, mark + scheme_mark.size());
}

}  // namespace

UriParts UriParts::of(std::string_view uri) {
  UriParts parts;
  if (const auto scheme = scheme_of(uri); !scheme.empty()) {
    parts.scheme = scheme.substr(0, scheme.size() - scheme_mark.size());
    uri.remove_prefix(scheme.size());
  }
  parts.hosts = uri.substr(0, uri.find_first_of("/?"));
  uri.remove_prefix(parts.hosts.size());
  if (const auto at = parts.hosts.rfind('@'); at != std::string_view::npos) {
    parts.login = parts.hosts.substr(0, at);
    parts.hosts.remove_prefix(at + 1);
  }
  const auto query = uri.find('?');
  parts.path = uri.substr(0, query);
  if (query != std::string_view::npos) parts.query = uri.substr(query + 1);
  return parts;
}

std::string UriParts::without_login() const {
  std::string out(scheme);
  if (!scheme.empty()) out.append(scheme_mark);
  out.append(hosts).append(path);
  if (query) out.append("?").append(*query);
  return out;
}

bool UriOption::is(std::string_view lower_case_name) const {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::ranges::equal(name, lower_case_name, same);
}

std::vector<UriOption> options_of(std::string_view query) {
  std::vector<UriOption> options;
  for (;;) {
    const auto end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view text = query.substr(0, end);
    const auto equals = text.find('=');
    options.push_back({text.substr(0, equals), std::nullopt});
    if (equals != std::string_view::npos) options.back().value = text.substr(equals + 1);
    if (end == query.size()) return options;
    query.remove_prefix(end + 1);
  }
}

std::string redact_uri(std::string_view uri) {
  std::string out(scheme_of(uri));
  uri.remove_prefix(out.size());
  // A password that is not percent-encoded may itself hold / ? and @: up to the last @ it is one.
  if (const auto at = uri.rfind('@'); at != std::string_view::npos) {
    uri.remove_prefix(at + 1);
  } else if (is_login_without_host(uri.substr(0, uri.find_first_of("/?")))) {
    return out.append(hidden);
  }
  const auto query = uri.find('?');
  out.append(uri.substr(0, query));
  if (query != std::string_view::npos) append_options(uri.substr(query + 1), out);
  return out;
}

}  // namespace mongotail

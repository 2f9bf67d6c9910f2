#include "base/redact_uri.h"

#include <algorithm>
#include <array>

namespace mongotail {
namespace {

constexpr std::string_view hidden = "***";

// Options that hold a secret (MongoDB manual, "Connection String Options"); in lower case.
constexpr std::array<std::string_view, 6> secret_options = {
    "authmechanismproperties", "tlscertificatekeyfilepassword", "sslclientcertificatekeypassword",
    "sslpempassword",          "sslcertificatekeyfilepassword", "proxypassword"};

bool same_letters(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(), same);
}

bool is_secret(std::string_view option) {
  return std::any_of(secret_options.begin(), secret_options.end(),
                     [option](std::string_view name) { return same_letters(option, name); });
}

/// `?name=value&name=value`, or the same after any other first character.
void append_options(std::string_view query, std::string& out) {
  while (!query.empty()) {
    const auto end = std::min(query.find_first_of("&;", 1), query.size());
    const std::string_view option = query.substr(0, end);
    const auto equals = option.find('=');
    if (equals != std::string_view::npos && is_secret(option.substr(1, equals - 1))) {
      out.append(option.substr(0, equals + 1)).append(hidden);
    } else {
      out.append(option);
    }
    query.remove_prefix(end);
  }
}

/// A second thing behind a colon that is not a port: a login whose host was forgotten.
bool is_login_without_host(std::string_view authority) {
  if (authority.starts_with('[')) return false;
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = authority.substr(colon + 1, authority.find(',') - colon - 1);
  return !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string redact_uri(std::string_view uri) {
  std::string out;
  if (const auto scheme = uri.find("://"); scheme != std::string_view::npos) {
    out.append(uri.substr(0, scheme + 3));
    uri.remove_prefix(scheme + 3);
  }
  // A password that is not percent-encoded may itself hold / ? and @: up to the last @ it is one.
  if (const auto at = uri.rfind('@'); at != std::string_view::npos) {
    uri.remove_prefix(at + 1);
  } else if (is_login_without_host(uri.substr(0, uri.find_first_of("/?")))) {
    return out.append(hidden);
  }
  const auto query = std::min(uri.find('?'), uri.size());
  out.append(uri.substr(0, query));
  append_options(uri.substr(query), out);
  return out;
}

}  // namespace mongotail

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mongotail {

/// A connection string, cut into its parts; nothing is checked or decoded. Views into the text.
struct UriParts {
  std::string_view scheme;                ///< "mongodb"; empty if the text has no `://`
  std::optional<std::string_view> login;  ///< what comes before the last @ of the authority
  std::string_view hosts;
  std::string_view path;                  ///< with its `/`; empty if there is none
  std::optional<std::string_view> query;  ///< what follows the ?

  static UriParts of(std::string_view uri);

  /// The text without its login.
  std::string without_login() const;
};

struct UriOption {
  std::string_view name;
  std::optional<std::string_view> value;  ///< nullopt: there is no `=`

  /// Options are known in any case of their letters.
  bool is(std::string_view lower_case_name) const;
};

/// The options of UriParts::query, in their order.
std::vector<UriOption> options_of(std::string_view query);

/// A connection string as it may be shown: without its login, and every secret in its options is
/// `***`. Works on text that is not a proper URI, and then rather hides too much.
std::string redact_uri(std::string_view uri);

}  // namespace mongotail

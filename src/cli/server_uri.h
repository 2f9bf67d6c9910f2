#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mongotail::cli {

/// Makes a whole URI of what may stand on the command line: `mongodb://…` and `mongodb+srv://…`
/// stay as they are; `host`, `host:port`, `[::1]:27017`, several with commas and the path of a
/// socket (`/path/of.sock`, `./of.sock`, `of.sock`) become `mongodb://…`. Cause::usage; the errors
/// hold no password.
Result<std::string> complete_uri(std::string_view text);

/// The same from --host and --port, as in mongosh: `host` may also be `host:port`, a bare IPv6
/// address, the path of a socket, or `set/host:port,host:port`.
Result<std::string> uri_from_host(std::optional<std::string_view> host,
                                  std::optional<std::string_view> port);

/// What a URI says about the login. Views into the URI, still percent-encoded.
struct UriLogin {
  std::optional<std::string> username;  ///< decoded
  std::optional<std::string_view> password;
  std::optional<std::string_view> mechanism;  ///< of the option authMechanism
};

UriLogin login_of(std::string_view uri);

/// The options of a URI that libmongoc does not know and passes over, each with the one that may
/// have been meant. Nothing where an option's name could be a piece of a password.
struct UnknownOption {
  std::string name;
  std::optional<std::string> meant;
};
std::vector<UnknownOption> unknown_options(std::string_view uri);

}  // namespace mongotail::cli

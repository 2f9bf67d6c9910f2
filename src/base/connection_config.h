#pragma once

#include <optional>
#include <string>

namespace mongotail {

/// How to reach the server: a URI, and what flags add to it or replace in it.
struct ConnectionConfig {
  std::string uri;  ///< a whole `mongodb://` or `mongodb+srv://` URI; may hold a password
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<std::string> auth_database;
  std::optional<std::string> auth_mechanism;
  /// A password is to be asked for on the terminal before anything is connected.
  bool prompt_password = false;
  bool tls = false;
  std::string tls_ca_file;
  std::string tls_certificate_key_file;
  std::string tls_certificate_key_file_password;
  bool tls_allow_invalid_certificates = false;
  bool tls_allow_invalid_hostnames = false;
};

/// What reads of the oplog may return: only what a majority holds, so that it can't be rolled back;
/// or everything that the server holds.
enum class ReadConcern { majority, local };

}  // namespace mongotail

#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace mongotail::remote {

struct ClientOptions {
  Address address;
  std::string token;        ///< empty: none is sent
  std::string tls_ca_file;  ///< empty: the system's certificates
  bool tls_allow_invalid_certificates = false;
  bool tls_allow_invalid_hostnames = false;
};

/// The frames of another mongotail's `serve`, over one connection at a time. Not thread-safe.
class Client {
 public:
  /// Cause::input: the certificates to trust can't be read.
  static Result<std::unique_ptr<Client>> make(ClientOptions options);
  ~Client();

  /// Connects anew and asks for `target`, such as `/tail?ns=shop.orders`, after `cursor` unless
  /// that is empty. Cause::unreachable or connection: it may work later. Cause::authentication or
  /// unauthorized: the token or the certificate is not taken; Cause::server: another refusal.
  Status open(const std::string& target, const std::string& cursor, const std::stop_token& stop);
  /// Some bytes of the answer, valid until the next call; nullopt if it has ended. Waits for
  /// them. Cause::connection: it was cut off, nothing came for 40 s, or a stop was requested.
  Result<std::optional<std::string_view>> read(const std::stop_token& stop);

 private:
  class State;
  explicit Client(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mongotail::remote

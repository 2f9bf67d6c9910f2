#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/view.h"
#include "mongo/explain.h"
#include "mongo/handles.h"
#include "mongo/member_role.h"

namespace mongotail::mongo {

class Driver;

using Reply = std::shared_ptr<BsonBox>;

/// One member of a set, with a connection and a session of its own: a cursor lives on one member,
/// and its getMores need the session of its find, or none if that had none (else errors 50736 to
/// 50738, seen on 4.2 to 6.0).
/// Not thread-safe.
class Member {
 public:
  /// `client` has been checked out of a pool; `server_id` is libmongoc's number of the member.
  static Result<std::unique_ptr<Member>> bind(ClientHandle client, std::uint32_t server_id,
                                              FailureContext context, Driver& driver);
  /// The same, also of what has no oplog that can be read, such as a mongos.
  static Result<std::unique_ptr<Member>> bind_any(ClientHandle client, std::uint32_t server_id,
                                                  FailureContext context, Driver& driver);

  /// Runs a command on this member. What the server or the driver says goes through explain().
  Result<Reply> run(const char* database, bson::Document command);

  /// The newest `hello` reply, asked for now.
  Result<Reply> hello();

  /// How long a read may ask the server to hold back an empty reply: a second, and always well
  /// within the connection's socket timeout.
  std::int32_t longest_wait_ms() const;

  /// Whether a read begun then failed because its reply took longer than the socket timeout, from a
  /// member that still answers the driver's monitor.
  bool took_too_long(std::chrono::steady_clock::time_point begun) const;

  /// Whether the driver knows of a primary that is another member.
  bool another_is_primary() const;

  std::uint32_t server_id() const { return server_id_; }
  const std::string& address() const { return context_.address; }
  const std::string& set_name() const { return set_name_; }

 private:
  Member(ClientHandle client, std::uint32_t server_id, FailureContext context, Driver& driver);
  /// Fails as why_unreadable() says.
  Status check_readable();
  SetStatus set_status();
  Status start_session();
  bool call_without_session(const char* database, bson::Document command, BsonBox& reply,
                            bson_error_t& error);
  std::optional<std::chrono::milliseconds> socket_timeout() const;

  ClientHandle client_;
  SessionHandle session_;  // may be null
  std::uint32_t server_id_;
  FailureContext context_;
  std::string set_name_;
  Driver& driver_;
};

/// The failure of a call to libmongoc, with what it logged.
Failure failure_of(const bson_error_t& error, Driver& driver);

}  // namespace mongotail::mongo

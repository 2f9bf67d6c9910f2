#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/connection_config.h"
#include "base/result.h"

namespace mongotail::mongo {

class Driver;
class Member;

/// A deployment, and the pool of connections to it. Thread-safe once opened.
class Connection {
 public:
  /// Checks the configuration; connects nothing yet. `driver` must outlive the connection.
  /// Cause::usage: the URI or an option in it is malformed.
  static Result<std::unique_ptr<Connection>> open(const ConnectionConfig& config, Driver& driver);
  ~Connection();

  /// Chooses a member by the URI's read preference (primary where it names none) and waits for one
  /// up to serverSelectionTimeoutMS. Cause::no_oplog where what answers has none.
  Result<std::unique_ptr<Member>> select();

  /// The same, also of what has no oplog that can be read, such as a mongos.
  Result<std::unique_ptr<Member>> select_any();

  /// The member with that number, as in Member::server_id(). Waits for nothing.
  Result<std::unique_ptr<Member>> member(std::uint32_t server_id);

  struct Others {
    std::vector<std::unique_ptr<Member>> members;
    bool all_answered = true;  ///< false: a member that may hold data is not among them
  };
  /// The other members that hold data and answer; none if the URI asks for a direct connection.
  /// Waits up to 3 s for those that the driver has not heard of yet. nullopt: all members.
  Others others_than(std::optional<std::uint32_t> server_id);

  /// The hosts of the URI, for messages: "db1:27017,db2:27017".
  const std::string& hosts() const;

 private:
  class State;
  explicit Connection(std::unique_ptr<State> state);

  enum class Wanted { oplog, any };
  Result<std::unique_ptr<Member>> select(Wanted wanted);

  std::unique_ptr<State> state_;
};

}  // namespace mongotail::mongo

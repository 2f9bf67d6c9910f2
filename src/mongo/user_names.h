#pragma once

#include <string>
#include <vector>

#include "mongo/connection.h"

namespace mongotail::mongo {

/// The names, as `name@db`, of this connection's own login, and of all users where that login may
/// see them. Empty if there is no access control, and where the server can't be asked.
std::vector<std::string> user_names(Connection& connection);

}  // namespace mongotail::mongo

#pragma once

#include <memory>

#include "base/result.h"
#include "cli/config.h"
#include "oplog/user.h"

namespace mongotail::plan {

/// The names that the command line tells: those of --by-user, and of the file of --known-users, a
/// `name@db` a line. Cause::input where that can't be read.
Result<std::shared_ptr<oplog::UserNames>> known_users(const cli::Config& config);

}  // namespace mongotail::plan

#pragma once

#include <memory>

#include "mongo/connection.h"
#include "mongo/oplog_reader.h"

namespace mongotail::mongo {

/// The members that a connection reaches, which must outlive the result and what it hands out.
std::unique_ptr<OplogSet> live_set(Connection& connection);

}  // namespace mongotail::mongo

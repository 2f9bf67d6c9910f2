#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/config.h"
#include "oplog/moment.h"
#include "read/request.h"
#include "resume/cursor.h"
#include "serve/server.h"

namespace mongotail::publish {

/// A subscriber's request.
class SubscriberRequest final : public serve::Past::Request {
 public:
  SubscriberRequest(read::ReadRequest the_read, serve::Form the_form, serve::Line the_line)
      : read(std::move(the_read)), form(the_form), line(the_line) {}

  /// It ends with what the oplog holds when its reading begins. Others may have heard of that
  /// before the server has published it, so only the oplog itself can tell.
  bool ends_at_newest() const {
    return !read.follow || (read.end && std::holds_alternative<oplog::Now>(*read.end));
  }

  const read::ReadRequest read;  ///< without a bound
  const serve::Form form;
  const serve::Line line;
};

/// Reads the parameters with the command line's own parsers. Times that count from the newest entry
/// count from `top`. Cause::usage names the parameter.
Result<serve::Subscription> understand(const std::vector<serve::Parameter>& parameters,
                                       std::string_view cursor, serve::Form form,
                                       const resume::Cursor& top);

}  // namespace mongotail::publish

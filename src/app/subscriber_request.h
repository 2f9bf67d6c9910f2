#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/config.h"
#include "serve/server.h"

namespace mongotail::app {

/// A subscriber's request, as the command line it stands for.
class SubscriberRequest final : public serve::Backend::Request {
 public:
  explicit SubscriberRequest(cli::Config the_config, serve::Form the_form)
      : config(std::move(the_config)), form(the_form) {}

  /// It ends with what the oplog holds when its reading begins. Others may have heard of that
  /// before the server has published it, so only the oplog itself can tell.
  bool ends_at_newest() const {
    return !config.follow || (config.until && std::holds_alternative<cli::Now>(*config.until));
  }

  cli::Config config;
  serve::Form form;
  /// What the newest entry was, once it was asked for. Whoever reads the past for this subscriber
  /// keeps it here: one thread at a time.
  mutable std::optional<bson::Timestamp> end;
};

/// Reads the parameters with the command line's own parsers. Times that count from the newest entry
/// count from `top`. Cause::usage names the parameter.
Result<serve::Backend::Understood> understand(const std::vector<serve::Parameter>& parameters,
                                              std::string_view cursor, serve::Form form,
                                              const serve::Place& top);

/// The reverse, for a request to another mongotail: what the configuration selects, and from where.
/// Without the leading `?`.
std::string to_parameters(const cli::Config& config);

resume::Cursor to_cursor(const serve::Place& place);
serve::Place to_place(const resume::Cursor& cursor);

}  // namespace mongotail::app

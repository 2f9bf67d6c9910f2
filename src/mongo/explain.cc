#include "mongo/explain.h"

#include <fmt/format.h>
#include <mongoc/mongoc.h>

#include <algorithm>
#include <array>

namespace mongotail::mongo {
namespace {

namespace code {
constexpr std::uint32_t host_unreachable = 6;
constexpr std::uint32_t host_not_found = 7;
constexpr std::uint32_t unauthorized = 13;
constexpr std::uint32_t authentication_failed = 18;
constexpr std::uint32_t cursor_not_found = 43;
constexpr std::uint32_t max_time_ms_expired = 50;
constexpr std::uint32_t network_timeout = 89;
constexpr std::uint32_t shutdown_in_progress = 91;
constexpr std::uint32_t failed_to_satisfy_read_preference = 133;
constexpr std::uint32_t read_concern_majority_not_available_yet = 134;
constexpr std::uint32_t capped_position_lost = 136;
constexpr std::uint32_t read_concern_majority_not_enabled = 148;
constexpr std::uint32_t query_plan_killed = 175;
constexpr std::uint32_t primary_stepped_down = 189;
constexpr std::uint32_t network_interface_exceeded_time_limit = 202;
constexpr std::uint32_t cursor_killed = 237;
constexpr std::uint32_t exceeded_time_limit = 262;
constexpr std::uint32_t socket_exception = 9001;
constexpr std::uint32_t not_writable_primary = 10107;
constexpr std::uint32_t interrupted_at_shutdown = 11600;
constexpr std::uint32_t interrupted = 11601;
constexpr std::uint32_t interrupted_due_to_repl_state_change = 11602;
constexpr std::uint32_t not_primary_no_secondary_ok = 13435;
constexpr std::uint32_t not_primary_or_secondary = 13436;
constexpr std::uint32_t cursor_without_session = 50736;
}  // namespace code

constexpr std::array resumable = {
    code::host_unreachable,
    code::host_not_found,
    code::cursor_not_found,
    code::max_time_ms_expired,
    code::network_timeout,
    code::shutdown_in_progress,
    code::failed_to_satisfy_read_preference,
    code::read_concern_majority_not_available_yet,
    code::capped_position_lost,
    code::query_plan_killed,
    code::primary_stepped_down,
    code::network_interface_exceeded_time_limit,
    code::cursor_killed,
    code::exceeded_time_limit,
    code::socket_exception,
    code::not_writable_primary,
    code::interrupted_at_shutdown,
    code::interrupted,
    code::interrupted_due_to_repl_state_change,
    code::not_primary_no_secondary_ok,
    code::not_primary_or_secondary,
    code::cursor_without_session,
};

constexpr std::string_view grant_hint =
    "ask an administrator for the role read on the database local: "
    "db.grantRolesToUser(\"{}\", [{{role: \"read\", db: \"local\"}}])";

Error explain_unauthorized(const Failure& failure, const FailureContext& context) {
  if (context.username.empty()) {
    return {Cause::unauthorized,
            fmt::format("{} requires authentication to read the oplog", context.address),
            "give a user: -u NAME (prompts for the password), or mongodb://NAME@HOST/"};
  }
  return {Cause::unauthorized,
          fmt::format("the user {} may not read local.oplog.rs on {}: {}", context.username,
                      context.address, failure.message),
          fmt::format(fmt::runtime(grant_hint), context.username)};
}

Error explain_server(const Failure& failure, const FailureContext& context) {
  switch (failure.code) {
    case code::unauthorized:
      return explain_unauthorized(failure, context);
    case code::not_primary_or_secondary:
      return {Cause::connection,
              fmt::format("{} is not ready: not initiated, in initial sync or rolling back",
                          context.address),
              "run rs.initiate() where the set is new; else wait, or name another member"};
    // The driver has sessions for it from then on, and its cursor was opened without one.
    case code::cursor_without_session:
      return {Cause::connection,
              fmt::format("{} is no longer hidden, so it has to be read anew", context.address),
              "try again"};
    case code::read_concern_majority_not_enabled:
      return {Cause::no_majority,
              fmt::format("{} runs with majority reads turned off", context.address),
              "use --read-concern local"};
    case code::capped_position_lost:
      return {Cause::overtaken,
              fmt::format("the oplog of {} was cut off where it was being read", context.address),
              "make the oplog larger (replSetResizeOplog), or read faster"};
    default:
      break;
  }
  return {
      is_resumable(failure.code) ? Cause::connection : Cause::server,
      fmt::format("{} answered with error {}: {}", context.address, failure.code, failure.message),
      "see what the server's log says at this time; -v shows more from this side"};
}

Error explain_selection(const Failure& failure, const FailureContext& context) {
  std::string what =
      fmt::format("can't reach a server at {}: {}", context.address, failure.message);
  if (!failure.log.empty()) what += fmt::format(" ({})", failure.log);
  std::string hint = "check the host and port, and that mongod runs there";
  hint += context.tls ? "; check --tlsCAFile and the host name, or try without --tls"
                      : "; if the server asks for TLS, add --tls";
  return {Cause::unreachable, std::move(what), std::move(hint)};
}

}  // namespace

bool is_resumable(std::uint32_t server_code) {
  return std::find(resumable.begin(), resumable.end(), server_code) != resumable.end();
}

Error explain(const Failure& failure, const FailureContext& context) {
  switch (failure.domain) {
    case MONGOC_ERROR_SERVER:
      return explain_server(failure, context);
    case MONGOC_ERROR_SERVER_SELECTION:
      return explain_selection(failure, context);
    case MONGOC_ERROR_CLIENT:
      if (failure.code == MONGOC_ERROR_CLIENT_SESSION_FAILURE) {
        return {Cause::connection,
                fmt::format("the driver could not use a session on {}: {}", context.address,
                            failure.message),
                "see whether the member is a primary or secondary (rs.status()), or name another"};
      }
      if (failure.code == MONGOC_ERROR_CLIENT_AUTHENTICATE ||
          failure.code == code::authentication_failed) {
        return {
            Cause::authentication,
            fmt::format("{} refused the login of {}: {}", context.address,
                        context.username.empty() ? "no user" : context.username, failure.message),
            "check the user, the password, and --authenticationDatabase (admin, where the "
            "user was made there)"};
      }
      break;
    case MONGOC_ERROR_STREAM:
      if (failure.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION) {
        return {Cause::unreachable,
                fmt::format("can't find the host of {}: {}", context.address, failure.message),
                "check the host's name, and for mongodb+srv:// its SRV record"};
      }
      return {Cause::connection,
              fmt::format("the connection to {} broke: {}", context.address, failure.message),
              "check that the server runs and that the network holds connections; a server that is "
              "only slow needs a larger socketTimeoutMS in the URI"};
    default:
      break;
  }
  return {Cause::server,
          fmt::format("reading from {} failed: {}", context.address, failure.message),
          "-v shows more; MongoDB must be 4.2 or newer, and in reach of the installed libmongoc "
          "(mongotail --version)"};
}

}  // namespace mongotail::mongo

#include "mongo/member.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "mongo/driver.h"
#include "mongo/reply_fields.h"

namespace mongotail::mongo {
namespace {

constexpr std::uint32_t command_not_found = 59;

}  // namespace

Failure failure_of(const bson_error_t& error, Driver& driver) {
  Failure failure{error.domain, error.code, error.message, {}};
  // Server selection says "no suitable servers"; the reason is often only in the log.
  if (error.domain == MONGOC_ERROR_SERVER_SELECTION) {
    failure.log = fmt::format("{}", fmt::join(driver.take_log(), "; "));
  }
  return failure;
}

Member::Member(ClientHandle client, std::uint32_t server_id, FailureContext context, Driver& driver)
    : client_(std::move(client)),
      server_id_(server_id),
      context_(std::move(context)),
      driver_(driver) {}

Result<std::unique_ptr<Member>> Member::bind(ClientHandle client, std::uint32_t server_id,
                                             FailureContext context, Driver& driver) {
  std::unique_ptr<Member> member(
      new Member(std::move(client), server_id, std::move(context), driver));
  if (auto status = member->check_readable(); !status) return fail(std::move(status.error()));
  if (auto status = member->start_session(); !status) return fail(std::move(status.error()));
  return member;
}

Result<std::unique_ptr<Member>> Member::bind_any(ClientHandle client, std::uint32_t server_id,
                                                 FailureContext context, Driver& driver) {
  return std::unique_ptr<Member>(
      new Member(std::move(client), server_id, std::move(context), driver));
}

Status Member::start_session() {
  const SessionOptsHandle options(mongoc_session_opts_new());
  mongoc_session_opts_set_causal_consistency(options.get(), false);
  bson_error_t error{};
  session_.reset(mongoc_client_start_session(client_.get(), options.get(), &error));
  // The driver knows of no sessions at a hidden member that is connected to directly. Its reads do
  // without one; so do their getMores.
  const bool no_sessions =
      error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_SESSION_FAILURE;
  if (!session_ && !no_sessions) return fail(explain(failure_of(error, driver_), context_));
  return {};
}

Status Member::check_readable() {
  const auto reply = hello();
  if (!reply) return fail(reply.error());
  const bson::Document document = (*reply)->view();
  set_name_ = text(document, "setName");
  const MemberRole role = role_of(document);
  const SetStatus status = needs_status(role) ? set_status() : SetStatus{};
  if (auto error = why_unreadable(role, status, address())) return fail(*std::move(error));
  return {};
}

// Needs a privilege that a reader of the oplog need not have, so a refusal is an answer too.
SetStatus Member::set_status() {
  bson::Builder command;
  BsonBox reply;
  bson_error_t error{};
  if (!call_without_session("admin", command.append("replSetGetStatus", 1).finish(), reply,
                            error)) {
    return {std::nullopt,
            error.domain == MONGOC_ERROR_SERVER ? std::optional(error.code) : std::nullopt};
  }
  const auto state = reply.view().find("myState");
  return {state ? state->as_integer() : std::nullopt, std::nullopt};
}

bool Member::call_without_session(const char* database, bson::Document command, BsonBox& reply,
                                  bson_error_t& error) {
  BsonBox options;
  BSON_APPEND_INT64(options.get(), "serverId", server_id_);
  const BsonAlias alias(command);
  return mongoc_client_command_with_opts(client_.get(), database, alias.get(), nullptr,
                                         options.get(), reply.out(), &error);
}

Result<Reply> Member::run(const char* database, bson::Document command) {
  BsonBox options;
  BSON_APPEND_INT64(options.get(), "serverId", server_id_);
  bson_error_t error{};
  if (session_ && !mongoc_client_session_append(session_.get(), options.get(), &error)) {
    return fail(explain(failure_of(error, driver_), context_));
  }
  const BsonAlias alias(command);
  auto reply = std::make_shared<BsonBox>();
  if (!mongoc_client_command_with_opts(client_.get(), database, alias.get(), nullptr, options.get(),
                                       reply->out(), &error)) {
    return fail(explain(failure_of(error, driver_), context_));
  }
  return reply;
}

std::optional<std::chrono::milliseconds> Member::socket_timeout() const {
  const std::int32_t timeout = mongoc_uri_get_option_as_int32(mongoc_client_get_uri(client_.get()),
                                                              MONGOC_URI_SOCKETTIMEOUTMS, 0);
  if (timeout <= 0) return std::nullopt;
  return std::chrono::milliseconds(timeout);
}

std::int32_t Member::longest_wait_ms() const {
  constexpr std::int32_t usual = 1000;
  const auto timeout = socket_timeout();
  if (!timeout) return usual;
  return std::min(usual, std::max(static_cast<std::int32_t>(timeout->count() / 2), 1));
}

bool Member::took_too_long(std::chrono::steady_clock::time_point begun) const {
  const auto timeout = socket_timeout();
  if (!timeout || std::chrono::steady_clock::now() - begun < *timeout * 9 / 10) return false;
  const ServerDescriptionHandle server(
      mongoc_client_get_server_description(client_.get(), server_id_));
  return server && mongoc_server_description_type(server.get()) != std::string_view("Unknown");
}

bool Member::another_is_primary() const {
  const ServerDescriptions known(client_.get());
  return std::ranges::any_of(known.view(), [&](const mongoc_server_description_t* server) {
    return mongoc_server_description_id(server) != server_id_ &&
           mongoc_server_description_type(server) == std::string_view("RSPrimary");
  });
}

Result<Reply> Member::hello() {
  bson_error_t error{};
  // 4.2 before 4.2.10 and 4.4 before 4.4.2 know only the older name.
  for (const char* name : {"hello", "isMaster"}) {
    bson::Builder command;
    auto reply = std::make_shared<BsonBox>();
    if (call_without_session("admin", command.append(name, 1).finish(), *reply, error)) {
      return reply;
    }
    if (error.domain != MONGOC_ERROR_SERVER || error.code != command_not_found) break;
  }
  return fail(explain(failure_of(error, driver_), context_));
}

}  // namespace mongotail::mongo

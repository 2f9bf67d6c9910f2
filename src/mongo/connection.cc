#include "mongo/connection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/safe_text.h"
#include "base/uri.h"
#include "mongo/driver.h"
#include "mongo/explain.h"
#include "mongo/handles.h"
#include "mongo/heartbeats.h"
#include "mongo/host_probe.h"
#include "mongo/member.h"
#include "mongo/no_server.h"

namespace mongotail::mongo {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

constexpr std::chrono::milliseconds longest_turn{200};

void default_int(mongoc_uri_t* uri, const char* option, std::int32_t value) {
  if (!mongoc_uri_has_option(uri, option)) mongoc_uri_set_option_as_int32(uri, option, value);
}

// What the URI says wins. The monitors of the pool must notice a lost or a new primary quickly; the
// socket timeout is the only thing that notices a server that hangs while a getMore waits.
void set_defaults(mongoc_uri_t* uri) {
  default_int(uri, MONGOC_URI_CONNECTTIMEOUTMS, 5'000);
  default_int(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, 1'000);
  default_int(uri, MONGOC_URI_SOCKETTIMEOUTMS, 10'000);
  if (mongoc_uri_get_appname(uri) == nullptr) mongoc_uri_set_appname(uri, "mongotail");
  // Each read names its read concern itself; libmongoc would add the URI's to it.
  const ReadConcernHandle none(mongoc_read_concern_new());
  mongoc_uri_set_read_concern(uri, none.get());
}

void set_text(mongoc_uri_t* uri, const char* option, const std::string& value) {
  if (!value.empty()) mongoc_uri_set_option_as_utf8(uri, option, value.c_str());
}

Status set_login(mongoc_uri_t* uri, const ConnectionConfig& config) {
  const auto refused = [](std::string_view flag) {
    return fail(Cause::usage, fmt::format("the value of {} can't be used", flag),
                "it must be UTF-8");
  };
  if (config.username && !mongoc_uri_set_username(uri, config.username->c_str())) {
    return refused("--username");
  }
  if (config.password && !mongoc_uri_set_password(uri, config.password->c_str())) {
    return refused("--password");
  }
  if (config.auth_database && !mongoc_uri_set_auth_source(uri, config.auth_database->c_str())) {
    return refused("--authenticationDatabase");
  }
  if (config.auth_mechanism &&
      !mongoc_uri_set_auth_mechanism(uri, config.auth_mechanism->c_str())) {
    return refused("--authenticationMechanism");
  }
  return {};
}

void set_tls(mongoc_uri_t* uri, const ConnectionConfig& config) {
  if (config.tls) mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true);
  set_text(uri, MONGOC_URI_TLSCAFILE, config.tls_ca_file);
  set_text(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, config.tls_certificate_key_file);
  set_text(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, config.tls_certificate_key_file_password);
  if (config.tls_allow_invalid_certificates) {
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, true);
  }
  if (config.tls_allow_invalid_hostnames) {
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, true);
  }
}

// What the driver says of a file that it can't read depends on its version; 2.x names none.
Status check_tls_files(const mongoc_uri_t* uri) {
  // The driver's names are in lower case, and it minds no case.
  for (const char* option : {"tlsCAFile", "tlsCertificateKeyFile"}) {
    const char* path = mongoc_uri_get_option_as_utf8(uri, option, nullptr);
    if (path == nullptr || ::access(path, R_OK) == 0) continue;
    const int reason = errno;
    return fail(Cause::input,
                fmt::format("can't read the {} {}: {}", option, safe_text(path),
                            std::generic_category().message(reason)),
                "name a readable PEM file");
  }
  return {};
}

std::string hosts_of(const mongoc_uri_t* uri) {
  std::string hosts;
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr;
       host = host->next) {
    if (!hosts.empty()) hosts += ',';
    hosts += host->host_and_port;
  }
  if (!hosts.empty()) return hosts;
  // Of mongodb+srv:// the hosts are known only after a look-up.
  const char* srv = mongoc_uri_get_srv_hostname(uri);
  return srv != nullptr ? srv : "the server";
}

Endpoint endpoint_of(const mongoc_host_list_t& host) {
  return {host.host, host.port, host.family == AF_UNIX};
}

const char* name_of(mongoc_read_mode_t mode) {
  switch (mode) {
    case MONGOC_READ_SECONDARY:
      return "secondary";
    case MONGOC_READ_PRIMARY_PREFERRED:
      return "primaryPreferred";
    case MONGOC_READ_SECONDARY_PREFERRED:
      return "secondaryPreferred";
    case MONGOC_READ_NEAREST:
      return "nearest";
    default:
      return "primary";
  }
}

// libmongoc's own message may quote the login, so it is asked again without that.
Error malformed(const std::string& uri) {
  bson_error_t error{};
  const UriHandle parsed(
      mongoc_uri_new_with_error(UriParts::of(uri).without_login().c_str(), &error));
  return {Cause::usage,
          fmt::format("the connection string is malformed: {}",
                      parsed ? "its user or password" : error.message),
          "the form is mongodb://[USER[:PASSWORD]@]HOST[:PORT][,...][/DB][?OPTION=VALUE&...], with "
          "%-escapes for special characters in USER and PASSWORD"};
}

Status check_mechanism(const mongoc_uri_t* uri) {
  const char* mechanism = mongoc_uri_get_auth_mechanism(uri);
  if (mechanism == nullptr) return {};
  constexpr std::string_view known[] = {"SCRAM-SHA-256", "SCRAM-SHA-1",  "MONGODB-X509",
                                        "MONGODB-AWS",   "MONGODB-OIDC", "PLAIN",
                                        "GSSAPI"};
  if (std::ranges::find(known, std::string_view(mechanism)) != std::ranges::end(known)) return {};
  return fail(Cause::usage,
              fmt::format("unknown authentication mechanism {}", safe_text(mechanism)),
              fmt::format("one of {}", fmt::join(known, ", ")));
}

}  // namespace

class Connection::State {
 public:
  State(UriHandle uri, Driver& driver) : uri_(std::move(uri)), driver_(driver) {
    context_.address = hosts_of(uri_.get());
    const char* user = mongoc_uri_get_username(uri_.get());
    context_.username = user != nullptr ? user : "";
    context_.tls = mongoc_uri_get_tls(uri_.get());
  }

  Result<mongoc_client_pool_t*> pool() {
    const std::scoped_lock lock(mutex_);
    if (pool_) return pool_.get();
    const UriHandle uri(mongoc_uri_copy(uri_.get()));
    set_defaults(uri.get());
    // It is selected in short turns, between which is looked whether waiting helps.
    mongoc_uri_set_option_as_int32(
        uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
        static_cast<std::int32_t>(std::clamp(selection_time(), 1ms, longest_turn).count()));
    bson_error_t error{};
    pool_.reset(mongoc_client_pool_new_with_error(uri.get(), &error));
    if (!pool_) return fail(explain(failure_of(error, driver_), context_));
    mongoc_client_pool_set_error_api(pool_.get(), 2);
    heartbeats_.watch(pool_.get());
    return pool_.get();
  }

  Result<std::unique_ptr<Member>> bind(ClientHandle client,
                                       const mongoc_server_description_t* server,
                                       bool any = false) {
    FailureContext context = context_;
    context.address = mongoc_server_description_host(server)->host_and_port;
    if (any) {
      return Member::bind_any(std::move(client), mongoc_server_description_id(server),
                              std::move(context), driver_);
    }
    return Member::bind(std::move(client), mongoc_server_description_id(server), std::move(context),
                        driver_);
  }

  /// Why no member can be selected, as far as waiting would not help; see why_no_server().
  std::optional<Error> why_none(std::chrono::milliseconds waited, bool last) {
    std::vector<HostFacts> hosts;
    for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri_.get()); host != nullptr;
         host = host->next) {
      hosts.push_back(facts_of(*host, waited));
    }
    const char* set = mongoc_uri_get_replica_set(uri_.get());
    const auto mode = mongoc_read_prefs_get_mode(mongoc_uri_get_read_prefs_t(uri_.get()));
    return why_no_server(hosts, {set != nullptr ? set : "", name_of(mode)}, last);
  }

  /// How long a member is waited for in all.
  std::chrono::milliseconds selection_time() const {
    return std::chrono::milliseconds(
        mongoc_uri_get_option_as_int32(uri_.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 10'000));
  }

  /// Whether a member was ever selected.
  bool reached() const { return reached_; }
  void set_reached() { reached_ = true; }

  const FailureContext& context() const { return context_; }
  Driver& driver() { return driver_; }

 private:
  HostFacts facts_of(const mongoc_host_list_t& host, std::chrono::milliseconds waited) {
    HostFacts facts;
    facts.address = host.host_and_port;
    facts.heartbeat = heartbeats_.newest(facts.address);
    const bool failed = facts.heartbeat && !facts.heartbeat->answered;
    if (!failed && (facts.heartbeat || waited < 1s)) return facts;
    facts.knock = knock(endpoint_of(host));
    if (facts.knock != Knock::accepted) return facts;
    const std::scoped_lock lock(mutex_);
    // Once is enough, and each request is in the server's log.
    const auto [asked, is_new] = speaks_http_.try_emplace(facts.address);
    if (is_new) asked->second = speaks_http(endpoint_of(host));
    facts.http = asked->second;
    return facts;
  }

  UriHandle uri_;
  Driver& driver_;
  FailureContext context_;
  std::atomic<bool> reached_ = false;
  Heartbeats heartbeats_;
  std::mutex mutex_;
  std::map<std::string, bool> speaks_http_;
  PoolHandle pool_;
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

const std::string& Connection::hosts() const {
  return state_->context().address;
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionConfig& config,
                                                     Driver& driver) {
  bson_error_t error{};
  UriHandle uri(mongoc_uri_new_with_error(config.uri.c_str(), &error));
  if (!uri) {
    driver.take_log();
    return fail(malformed(config.uri));
  }
  if (auto status = set_login(uri.get(), config); !status) return fail(status.error());
  if (auto status = check_mechanism(uri.get()); !status) return fail(status.error());
  set_tls(uri.get(), config);
  if (auto status = check_tls_files(uri.get()); !status) return fail(status.error());
  return std::unique_ptr<Connection>(
      new Connection(std::make_unique<State>(std::move(uri), driver)));
}

Result<std::unique_ptr<Member>> Connection::select() {
  return select(Wanted::oplog);
}

Result<std::unique_ptr<Member>> Connection::select_any() {
  return select(Wanted::any);
}

// Once a member was reached, what goes away is waited for.
Result<std::unique_ptr<Member>> Connection::select(Wanted wanted) {
  const auto pool = state_->pool();
  if (!pool) return fail(pool.error());
  state_->driver().take_log();
  ClientHandle client(mongoc_client_pool_pop(*pool), ReturnToPool{*pool});
  const auto begun = Clock::now();
  for (;;) {
    bson_error_t error{};
    const ServerDescriptionHandle server(mongoc_client_select_server(
        client.get(), false, mongoc_client_get_read_prefs(client.get()), &error));
    if (server) {
      state_->set_reached();
      return state_->bind(std::move(client), server.get(), wanted == Wanted::any);
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    const bool last =
        error.domain != MONGOC_ERROR_SERVER_SELECTION || waited >= state_->selection_time();
    if (last || !state_->reached()) {
      if (auto why = state_->why_none(waited, last)) return fail(*std::move(why));
    }
    if (last) return fail(explain(failure_of(error, state_->driver()), state_->context()));
  }
}

namespace {

bool was_heard(const mongoc_server_description_t* server) {
  const std::string_view type = mongoc_server_description_type(server);
  return type != "Unknown" && type != "PossiblePrimary";
}

// At a start the driver knows those members that answered first.
void wait_for_the_others(const mongoc_client_t* client) {
  const auto deadline = Clock::now() + std::chrono::seconds(3);
  while (!std::ranges::all_of(ServerDescriptions(client).view(), was_heard)) {
    if (Clock::now() >= deadline) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<std::unique_ptr<Member>> Connection::member(std::uint32_t server_id) {
  const auto pool = state_->pool();
  if (!pool) return fail(pool.error());
  ClientHandle client(mongoc_client_pool_pop(*pool), ReturnToPool{*pool});
  const ServerDescriptionHandle server(
      mongoc_client_get_server_description(client.get(), server_id));
  if (!server || !was_heard(server.get())) {
    return fail(Cause::unreachable, "a member of the set doesn't answer",
                "check that it is running");
  }
  return state_->bind(std::move(client), server.get());
}

Connection::Others Connection::others_than(std::optional<std::uint32_t> server_id) {
  Others others;
  const auto pool = state_->pool();
  if (!pool) return {{}, false};
  const ClientHandle known(mongoc_client_pool_pop(*pool), ReturnToPool{*pool});
  wait_for_the_others(known.get());
  const ServerDescriptions servers(known.get());
  for (const mongoc_server_description_t* server : servers.view()) {
    if (mongoc_server_description_id(server) == server_id) continue;
    others.all_answered = others.all_answered && was_heard(server);
    const std::string_view type = mongoc_server_description_type(server);
    if (type != "RSPrimary" && type != "RSSecondary") continue;
    auto other =
        state_->bind(ClientHandle(mongoc_client_pool_pop(*pool), ReturnToPool{*pool}), server);
    if (other) {
      others.members.push_back(*std::move(other));
    } else {
      others.all_answered = false;
    }
  }
  return others;
}

}  // namespace mongotail::mongo

#include "app/serve_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "app/signals.h"
#include "base/fd.h"
#include "mongo/driver.h"
#include "mongo/user_names.h"
#include "plan/known_users.h"
#include "plan/live_history.h"
#include "plan/live_run.h"
#include "publish/catch_up_pool.h"
#include "publish/publisher.h"
#include "read/request.h"
#include "serve/systemd.h"
#include "serve/token_file.h"
#include "tail/read_ahead.h"

namespace mongotail::app {
namespace {

using serve::End;
using serve::SubscriberId;

// The contract is 200 ms from the signal to the end; the server takes 80 ms of them for itself.
constexpr std::chrono::milliseconds grace{120};

End::Reason reason_for(Cause cause) {
  if (cause == Cause::history_lost) return End::Reason::lost;
  return cause == Cause::rolled_back ? End::Reason::rolled_back : End::Reason::failed;
}

/// The server's hub, from the threads that read the past.
class HubOfServer final : public publish::CatchUpReceiver {
 public:
  explicit HubOfServer(serve::Server& server) : server_(server) {}

  resume::Cursor top() const override { return server_.top(); }
  void caught(SubscriberId id, serve::SharedBlock block,
              const std::optional<resume::Cursor>& position) override {
    server_.with_hub([id, block = std::move(block), position](serve::Hub& hub) {
      hub.caught(id, block, position);
    });
  }
  void catch_up_paused(SubscriberId id) override {
    server_.with_hub([id](serve::Hub& hub) { hub.catch_up_paused(id); });
  }
  void caught_up(SubscriberId id, resume::Cursor place) override {
    server_.with_hub([id, place](serve::Hub& hub) { hub.caught_up(id, place); });
  }
  void catch_up_ended(SubscriberId id, End::Reason reason, const Error& error) override {
    server_.with_hub(
        [id, reason, error](serve::Hub& hub) { hub.catch_up_ended(id, reason, error); });
  }

 private:
  serve::Server& server_;
};

/// The reading of the oplog and the server, each on a thread of its own. Shared with those threads,
/// which may outlive the supervision: nothing can wake a call into the driver.
class Service {
 public:
  Service(cli::ServeConfig config, terminal::Console& console)
      : config_(std::move(config)), console_(console) {}

  Status open();
  /// On a thread of its own; `done` is readable, and outcome() there, once it has ended.
  void serve();
  /// Likewise, beside it.
  void read();
  void stop();
  int done() const { return done_.read_end.get(); }
  const Status& outcome() const { return outcome_; }

 private:
  Status read_oplog();
  void announce(const std::string& place);

  cli::ServeConfig config_;
  terminal::Console& console_;
  std::stop_source stop_;
  std::shared_ptr<oplog::UserNames> users_;  // complete before anything is served
  std::unique_ptr<serve::Server> server_;
  // What the oplog is read with, in the order in which the parts depend on each other.
  std::optional<mongo::Driver> driver_;
  std::unique_ptr<mongo::Connection> connection_;
  std::unique_ptr<plan::LiveHistory> history_;
  std::unique_ptr<HubOfServer> hub_;
  std::unique_ptr<publish::CatchUpPool> catch_ups_;
  Pipe done_ = make_pipe();
  Status outcome_;
};

Status Service::open() {
  serve::ServerOptions options;
  options.listen = config_.listen;
  for (UniqueFd& socket : serve::take_inherited_sockets()) {
    options.inherited.push_back(::dup(socket.get()));
  }
  if (options.listen.empty() && options.inherited.empty()) {
    options.listen.push_back(*parse_address(":9994"));
  }
  if (config_.token_file) {
    auto token = serve::read_token(*config_.token_file);
    if (!token) return fail(std::move(token.error()));
    options.token = *std::move(token);
  }
  options.certificate_key_file = config_.certificate_key_file.value_or("");
  options.allow_hosts = config_.allow_hosts;
  options.allow_origins = config_.allow_origins;
  options.socket_mode = config_.socket_mode;
  options.max_subscribers = config_.max_subscribers;
  options.hub.ring_bytes = config_.ring_bytes;
  options.hub.drop_after = config_.drop_after;
  auto users = plan::known_users(config_.selection, config_.known_users);
  if (!users) return fail(std::move(users.error()));
  options.hub.users = users_ = *std::move(users);
  options.hub.cursor_text = [](const resume::Cursor& cursor) { return to_string(cursor); };
  auto server = serve::Server::open(std::move(options), publish::understand, console_);
  if (!server) return fail(std::move(server.error()));
  server_ = *std::move(server);
  const bool open = std::ranges::any_of(config_.listen,
                                        [](const Address& address) { return !address.is_local(); });
  if (open && !config_.certificate_key_file) {
    console_.warning(
        "other machines send the token in the clear: put TLS in front, or name a "
        "certificate with --listen-tlsCertificateKeyFile");
  }
  return {};
}

void Service::serve() {
  server_->run();
  done_.write_end = UniqueFd();
}

void Service::read() {
  const Status ended = read_oplog();
  if (stop_.stop_requested()) return;
  outcome_ = ended;
  const Error error = ended ? Error{} : ended.error();
  server_->stop(ended ? End::Reason::shutdown : reason_for(error.cause), error);
}

Status Service::read_oplog() {
  driver_.emplace(console_);
  auto connection = mongo::Connection::open(config_.connection, *driver_);
  if (!connection) return fail(connection.error());
  connection_ = *std::move(connection);
  read::ReadRequest request;
  request.wish = config_.selection;
  const auto allowed = read::predicate_of(request);
  if (!allowed) return fail(allowed.error());
  plan::LiveRun live(request, *connection_, console_, stop_.get_token());
  auto opened = live.open(*allowed);
  if (!opened) return fail(std::move(opened.error()));
  live.announce(opened->plan);
  const auto& start = opened->plan.position;
  if (!start) return fail(Cause::internal, "no start position is known");
  for (const std::string& name : mongo::user_names(*connection_)) users_->add(name);
  history_ = std::make_unique<plan::LiveHistory>(*connection_, console_);
  hub_ = std::make_unique<HubOfServer>(*server_);
  publish::CatchUpPool::Options past;
  past.users = users_;
  catch_ups_ = std::make_unique<publish::CatchUpPool>(*history_, config_.selection, *hub_,
                                                      stop_.get_token(), std::move(past));
  server_->begin(*start, *catch_ups_);
  announce(to_string(*start));
  tail::ReadAhead input(std::move(opened->source), stop_.get_token());
  return publish::Publisher(*allowed, *opened->lookup, *server_, console_, *start,
                            stop_.get_token())
      .run(input);
}

void Service::announce(const std::string& place) {
  if (!config_.quiet) {
    console_.requested(
        fmt::format("serving on {} from {}", fmt::join(server_->addresses(), ", "), place));
  }
  serve::notify_systemd("READY=1");
}

void Service::stop() {
  serve::notify_systemd("STOPPING=1");
  stop_.request_stop();
  server_->stop(End::Reason::shutdown,
                {Cause::connection, "the server goes down", "connect again, from the cursor"});
}

/// Waits for the service to end, for a signal, or for so long.
enum class Wake { done, signal, timeout };

Wake wait(const Service& service, const Signals& signals, int milliseconds) {
  std::array<pollfd, 2> fds{{{service.done(), POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), milliseconds);
  if (ready == 0) return Wake::timeout;
  return fds[0].revents != 0 ? Wake::done : Wake::signal;
}

void wait_for_end(const Service& service, const Signals& signals) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (std::chrono::steady_clock::now() < deadline) {
    if (wait(service, signals, 10) == Wake::done) return;
  }
}

}  // namespace

ExitCode serve(cli::ServeConfig config, terminal::Console& console) {
  const auto service = std::make_shared<Service>(std::move(config), console);
  const auto report = [&console](const Error& error) {
    console.error(error);
    return exit_code_for(error.cause);
  };
  if (const auto opened = service->open(); !opened) return report(opened.error());
  Signals signals;
  std::thread([service] { service->serve(); }).detach();
  std::thread([service] { service->read(); }).detach();
  for (;;) {
    if (wait(*service, signals, -1) == Wake::done) {
      return service->outcome() ? ExitCode::success : report(service->outcome().error());
    }
    const auto signal = signals.take();
    if (!signal || *signal == SIGWINCH) continue;
    service->stop();
    wait_for_end(*service, signals);
    die_of(*signal);
  }
}

}  // namespace mongotail::app

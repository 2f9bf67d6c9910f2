#include "serve/server.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/thread_time.h"
#include "serve/listener.h"
#include "serve/session.h"

namespace mongotail::serve {
namespace {

namespace net = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds tick_time{500};
constexpr std::chrono::milliseconds stopping_time{80};
// What the system may hold of what a slow subscriber has not read; more would only hide how slow.
constexpr int send_buffer_bytes = 256 << 10;
// Bytes that are published, but not yet handed out; then the publisher waits.
constexpr std::size_t most_waiting = 8u << 20;
// Descriptors for all else: the connections to MongoDB, files.
constexpr rlim_t other_descriptors = 128;
// How soon it is tried again to accept a connection.
constexpr std::chrono::milliseconds accept_again{50};

/// As many descriptors as the system allows.
rlim_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_max;
}

Result<std::unique_ptr<net::ssl::context>> tls_context(const std::string& file) {
  auto context = std::make_unique<net::ssl::context>(net::ssl::context::tls_server);
  error_code error;
  context->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                           net::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION,
                       error);
  // Else OpenSSL would ask for a password on the terminal.
  context->set_password_callback([](std::size_t, auto) { return std::string(); }, error);
  context->use_certificate_chain_file(file, error);
  if (!error) context->use_private_key_file(file, net::ssl::context::pem, error);
  if (error) {
    return fail(Cause::input, "--listen-tlsCertificateKeyFile " + file + ": " + error.message(),
                "use a PEM file with a certificate and its key, without a password");
  }
  return context;
}

}  // namespace

class Server::State final : public Hub::Wakes {
 public:
  State(ServerOptions the_options, Understand understand, Reporter& reporter)
      : options(std::move(the_options)), context{options, std::move(understand), reporter, io} {}

  Status listen();
  void fit_descriptors();
  void accept(Listener& listener);
  void accept_later(Listener& listener);
  bool has_room();
  void accepted(Listener& listener, error_code error, Socket::Plain socket);
  void begin(resume::Cursor start, Past& past);
  void tick();
  void end(End::Reason reason, const Error& error);
  void wait_for_room(std::size_t bytes);
  void note_handed_out(std::chrono::nanoseconds begin);

  void ready(SubscriberId id) override {
    later([this, id] { wake(id); });
  }

  /// On the server's thread, once what runs there now has returned.
  void later(std::function<void()> work);
  void wake(SubscriberId id);

  ServerOptions options;
  net::io_context io{1};
  Context context;
  std::unique_ptr<net::ssl::context> tls;
  std::deque<Listener> listeners;
  net::steady_timer tick_timer{io};
  std::vector<std::function<void()>> work;
  Session::Clock::time_point stop_at;

  mutable std::mutex mutex;
  std::condition_variable room;
  std::size_t waiting_bytes = 0;
  std::chrono::microseconds handing_out{};
  bool stopped = false;
  resume::Cursor top;
};

Status Server::State::listen() {
  fit_descriptors();
  if (!options.certificate_key_file.empty()) {
    auto made = tls_context(options.certificate_key_file);
    if (!made) return fail(std::move(made.error()));
    tls = *std::move(made);
  }
  for (const int fd : options.inherited) {
    auto listener = Listener::adopt(io, fd);
    if (!listener) return fail(std::move(listener.error()));
    if (!listener->address().is_local() && options.token.empty()) {
      return fail(Cause::usage,
                  "the socket " + to_string(listener->address()) +
                      " can be reached from other machines, and there is no --token-file",
                  "give one, or let the socket unit listen on 127.0.0.1");
    }
    listeners.push_back(*std::move(listener));
  }
  for (const Address& address : options.listen) {
    auto listener = Listener::open(io, address, options.socket_mode);
    if (!listener) return fail(std::move(listener.error()));
    listeners.push_back(*std::move(listener));
  }
  for (Listener& listener : listeners) accept(listener);
  return {};
}

/// All subscribers and all that wait must have a descriptor: else a full server could not even say
/// that it is.
void Server::State::fit_descriptors() {
  const rlim_t limit = raise_descriptor_limit();
  if (limit >= options.max_subscribers + options.max_waiting + other_descriptors) return;
  const rlim_t left = limit - std::min(limit, other_descriptors);
  options.max_waiting = std::clamp<std::size_t>(left / 4, 1, options.max_waiting);
  const std::size_t most = left - std::min<rlim_t>(left, options.max_waiting);
  options.max_subscribers = std::min(options.max_subscribers, std::max<std::size_t>(most, 1));
  context.reporter.warning("at most " + std::to_string(options.max_subscribers) +
                           " subscribers: this process may open only " + std::to_string(limit) +
                           " files; raise that with ulimit -n or LimitNOFILE=");
}

void Server::State::accept(Listener& listener) {
  if (context.stopping) return;
  if (!has_room()) return accept_later(listener);
  listener.acceptor().async_accept([this, &listener](error_code error, Socket::Plain socket) {
    accepted(listener, error, std::move(socket));
  });
}

void Server::State::accept_later(Listener& listener) {
  const auto timer = std::make_shared<net::steady_timer>(io, accept_again);
  timer->async_wait([this, &listener, timer](error_code) { accept(listener); });
}

/// Connections that don't ask for anything are closed when others want their place. The newest have
/// a while to ask; until then the others wait in the system's queue.
bool Server::State::has_room() {
  if (context.waiting.size() < options.max_waiting) return true;
  Session& oldest = *context.waiting.front();
  if (Session::Clock::now() - oldest.waiting_since() < options.waiting_time) return false;
  oldest.close();
  return true;
}

void Server::State::accepted(Listener& listener, error_code error, Socket::Plain socket) {
  if (context.stopping) return;
  // Mostly too many descriptors, which takes a while to get better.
  if (error) return accept_later(listener);
  const bool unix = listener.address().is_unix();
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(net::socket_base::send_buffer_size(send_buffer_bytes), ignored);
  if (!unix) {
    socket.set_option(net::detail::socket_option::boolean<IPPROTO_TCP, TCP_NODELAY>(true), ignored);
  }
  const auto session = std::make_shared<Session>(context, std::move(socket), unix);
  context.sessions.insert(session);
  session->start(unix ? nullptr : tls.get());
  accept(listener);
}

void Server::State::later(std::function<void()> what) {
  work.push_back(std::move(what));
  if (work.size() > 1) return;
  net::post(io, [this] {
    for (const auto& item : std::exchange(work, {})) item();
  });
}

void Server::State::wake(SubscriberId id) {
  const auto found = context.streams.find(id);
  if (found == context.streams.end()) return;
  if (const auto session = found->second.lock()) session->wake();
}

void Server::State::begin(resume::Cursor start, Past& past) {
  context.hub.emplace(options.hub, start, *this, past);
  context.facts.up = true;
}

void Server::State::tick() {
  tick_timer.expires_after(tick_time);
  tick_timer.async_wait([this](error_code error) {
    if (error) return;
    const auto now = Session::Clock::now();
    if (context.hub) context.hub->tick(now);
    const std::vector<std::shared_ptr<Session>> all(context.sessions.begin(),
                                                    context.sessions.end());
    for (const auto& session : all) session->tick(now);
    tick();
  });
}

void Server::State::end(End::Reason reason, const Error& error) {
  if (std::exchange(context.stopping, true)) return;
  for (Listener& listener : listeners) listener.close();
  tick_timer.cancel();
  if (context.hub) context.hub->end_all(reason, error);
}

void Server::State::wait_for_room(std::size_t bytes) {
  std::unique_lock lock(mutex);
  room.wait(lock, [this] { return stopped || waiting_bytes < most_waiting; });
  waiting_bytes += bytes;
}

void Server::State::note_handed_out(std::chrono::nanoseconds begin) {
  const auto took = thread_time() - begin;
  const std::scoped_lock lock(mutex);
  handing_out = std::chrono::duration_cast<std::chrono::microseconds>(took);
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Understand understand,
                                             Reporter& reporter) {
  auto state = std::make_unique<State>(std::move(options), std::move(understand), reporter);
  if (auto status = state->listen(); !status) return fail(std::move(status.error()));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> all;
  for (const Listener& listener : state_->listeners) {
    Address address = listener.address();
    address.tls = state_->tls && !address.is_unix();
    all.push_back(to_string(address));
  }
  return all;
}

void Server::run() {
  State& state = *state_;
  state.tick();
  const auto guard = net::make_work_guard(state.io);
  while (!state.context.stopping) state.io.run_one();
  const auto until = Session::Clock::now() + stopping_time;
  while (!state.context.sessions.empty() && Session::Clock::now() < until) {
    state.io.run_one_until(until);
    const auto& streams = state.context.streams;
    if (streams.empty() && state.context.hub && state.context.hub->subscribers() == 0) break;
  }
  {
    const std::scoped_lock lock(state.mutex);
    state.stopped = true;
  }
  state.room.notify_all();
  const auto sessions = state.context.sessions;
  for (const auto& session : sessions) session->close();
}

void Server::begin(resume::Cursor start, Past& past) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->top = start;
  }
  net::post(state_->io, [state = state_.get(), start, &past] { state->begin(start, past); });
}

void Server::publish(SharedBlock block, resume::Cursor top, std::uint64_t entries,
                     double lag_seconds) {
  const std::size_t bytes = block ? block->memory() : 0;
  state_->wait_for_room(bytes);
  net::post(state_->io, [state = state_.get(), block = std::move(block), top, bytes, entries,
                         lag_seconds]() mutable {
    state->context.facts.entries += entries;
    if (block) state->context.facts.lag_seconds = lag_seconds;
    const auto begin = thread_time();
    state->context.hub->publish(std::move(block), top);
    {
      const std::scoped_lock lock(state->mutex);
      state->waiting_bytes -= bytes;
      state->top = top;
    }
    state->room.notify_all();
    // Behind those that have been woken.
    net::post(state->io, [state, begin] { state->note_handed_out(begin); });
  });
}

std::chrono::microseconds Server::handing_out() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->handing_out;
}

void Server::roll_back(resume::Cursor common) {
  net::post(state_->io, [state = state_.get(), common] {
    state->context.hub->roll_back(common);
    const std::scoped_lock lock(state->mutex);
    state->top = common;
  });
}

void Server::set_heard(bool heard) {
  net::post(state_->io, [state = state_.get(), heard] { state->context.facts.up = heard; });
}

resume::Cursor Server::top() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->top;
}

void Server::with_hub(std::function<void(Hub&)> work) {
  net::post(state_->io, [state = state_.get(), work = std::move(work)] {
    if (state->context.hub) work(*state->context.hub);
  });
}

void Server::stop(End::Reason reason, const Error& error) {
  net::post(state_->io, [state = state_.get(), reason, error] { state->end(reason, error); });
}

}  // namespace mongotail::serve

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/reporter.h"
#include "base/result.h"
#include "serve/hub.h"
#include "serve/request.h"

namespace mongotail::serve {

/// Reads a subscriber's parameters, on the server's thread. `cursor`: from Last-Event-ID, or empty;
/// it wins over the parameters. `top`: up to where all is published. Cause::usage names the
/// parameter.
using Understand = std::function<Result<Subscription>(const std::vector<Parameter>& parameters,
                                                      std::string_view cursor, Form form,
                                                      const resume::Cursor& top)>;

struct ServerOptions {
  std::vector<Address> listen;           ///< used with `inherited`
  std::vector<int> inherited;            ///< listening sockets; taken over
  std::string token;                     ///< empty: none is wanted
  std::string certificate_key_file;      ///< PEM; empty: no TLS
  std::vector<std::string> allow_hosts;  ///< lower case
  std::vector<std::string> allow_origins;
  unsigned socket_mode = 0600;
  std::size_t max_subscribers = 16'384;
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds request_time{10'000};  ///< for one to arrive whole, or an answer
  /// Connections without a stream. If there are that many, the one that has been idle for the
  /// longest is closed for a new one, but not before its time.
  std::size_t max_waiting = 1'024;
  std::chrono::milliseconds waiting_time{1'000};
  Hub::Options hub;
};

/// What a stream's reader tells whoever serves it, from its own thread.
class Intake {
 public:
  virtual ~Intake() = default;
  /// As Hub::publish. Waits while much is still to be handed out. `entries`: of which something was
  /// published.
  virtual void publish(SharedBlock block, resume::Cursor top, std::uint64_t entries,
                       double lag_seconds) = 0;
  /// Processor time that it took lately to hand a block out to all that waited for it.
  virtual std::chrono::microseconds handing_out() const = 0;
  /// What was published after `common` is void.
  virtual void roll_back(resume::Cursor common) = 0;
  /// Whether the MongoDB server is reachable; while it is not, new subscribers get 503.
  virtual void set_heard(bool heard) = 0;
};

/// The HTTP server. One thread runs it; the others talk to it through the calls that say so.
class Server final : public Intake {
 public:
  /// Listens, so that a port in use shows at once. Cause::input: an address can't be listened on, a
  /// certificate can't be read; Cause::usage: an inherited socket is open to other machines, and
  /// there is no token. All that is referred to must outlive the server.
  static Result<std::unique_ptr<Server>> open(ServerOptions options, Understand understand,
                                              Reporter& reporter);
  ~Server() override;

  /// Where it listens, with the ports chosen.
  std::vector<std::string> addresses() const;

  /// Serves until stop() and, for at most 100 ms more, until each stream has got its last line.
  void run();

  // From any thread:

  /// The stream begins after `start`; until then every request for it is answered with 503. `past`
  /// must outlive the server's run.
  void begin(resume::Cursor start, Past& past);
  void publish(SharedBlock block, resume::Cursor top, std::uint64_t entries,
               double lag_seconds) override;
  std::chrono::microseconds handing_out() const override;
  void roll_back(resume::Cursor common) override;
  void set_heard(bool heard) override;
  /// Up to where all is published.
  resume::Cursor top() const;
  /// Runs `work` on the server's thread, before or after stop() but not once run() has returned.
  void with_hub(std::function<void(Hub&)> work);
  void stop(End::Reason reason, const Error& error);

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mongotail::serve

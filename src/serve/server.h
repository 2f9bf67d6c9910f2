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

/// What the server asks of the program around it: what a request means, and the past. Called from
/// the server's thread; nothing here may wait.
class Backend {
 public:
  /// What a subscriber asked for, as the backend keeps it.
  class Request {
   public:
    virtual ~Request() = default;
  };
  struct Understood {
    Subscription subscription;
    std::shared_ptr<const Request> request;
  };
  struct CatchUps {
    std::size_t running = 0, waiting = 0;
  };

  virtual ~Backend() = default;
  /// `cursor`: from Last-Event-ID, or empty; it wins over the parameters. `top`: up to where all is
  /// published. Cause::usage names the parameter.
  virtual Result<Understood> understand(const std::vector<Parameter>& parameters,
                                        std::string_view cursor, Form form, const Place& top) = 0;
  /// As Hub::Outside.
  virtual void start_catch_up(SubscriberId id, std::shared_ptr<const Request> request,
                              const std::optional<Place>& after) = 0;
  virtual void block_taken(SubscriberId id) = 0;
  virtual void cancel_catch_up(SubscriberId id) = 0;
  /// Asked only once the stream has begun.
  virtual CatchUps catch_ups() const = 0;
};

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
  /// Connections without a stream. If there are so many, the one that has asked for nothing for the
  /// longest is closed for a new one, but not before its time.
  std::size_t max_waiting = 1'024;
  std::chrono::milliseconds waiting_time{1'000};
  Hub::Options hub;
};

/// The HTTP server. One thread runs it; the others talk to it through the calls that say so.
class Server {
 public:
  /// Listens, so that a port in use shows at once. Cause::input: an address can't be listened on, a
  /// certificate can't be read; Cause::usage: an inherited socket is open to other machines, and
  /// there is no token. All that is referred to must outlive the server.
  static Result<std::unique_ptr<Server>> open(ServerOptions options, Backend& backend,
                                              Reporter& reporter);
  ~Server();

  /// Where it listens, with the ports chosen.
  std::vector<std::string> addresses() const;

  /// Serves until stop() and, for at most 100 ms more, until each stream has got its last line.
  void run();

  // From any thread:

  /// The stream begins after `start`; until then every request for it is answered with 503.
  void begin(Place start);
  /// As Hub::publish. Waits while much is still to be handed out. `entries`: of which something was
  /// published.
  void publish(SharedBlock block, Place top, std::uint64_t entries, double lag_seconds);
  void roll_back(Place common);
  /// Whether the MongoDB server is heard; while it is not, new subscribers get 503.
  void set_heard(bool heard);
  /// Up to where all is published.
  Place top() const;
  /// Runs `work` on the server's thread, before or after stop() but not once run() has returned.
  void with_hub(std::function<void(Hub&)> work);
  void stop(End::Reason reason, const Error& error);

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mongotail::serve

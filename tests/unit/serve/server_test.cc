#include "serve/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "base/fd.h"
#include "serve_support.h"

namespace mongotail::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Silent final : public Reporter {
 public:
  void detail(std::string_view) override {}
  void notice(std::string_view) override {}
  void requested(std::string_view) override {}
  void warning(std::string_view) override {}
  void error(const Error&) override {}
};

/// Takes every request for one of all operations from now on, but for the parameter `bad`.
Result<Subscription> understand_all(const std::vector<Parameter>& parameters, std::string_view,
                                    Form, const resume::Cursor&) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == "bad") return fail(Cause::usage, "there is no parameter bad");
  }
  return Subscription{};
}

class NoPast final : public Past {
 public:
  void start(SubscriberId, std::shared_ptr<const Request>,
             const std::optional<resume::Cursor>&) override {}
  void block_taken(SubscriberId) override {}
  void cancel(SubscriberId) override {}
  Counts counts() const override { return {}; }
};

/// A connection to 127.0.0.1 that waits at most 10 s for what it expects.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::connect(socket_.get(), generic, sizeof address), 0);
  }

  void send(std::string_view text) {
    ASSERT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Whether the other end still takes it.
  bool try_send(std::string_view text) {
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0;
  }
  void request(std::string_view target, std::string_view headers = "",
               std::string_view method = "GET") {
    send(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", method, target, headers));
  }

  /// All that has come, once `wanted` is in it.
  std::string wait_for(std::string_view wanted) {
    std::size_t searched = 0;
    while (got_.find(wanted, searched) == std::string::npos) {
      searched = got_.size() - std::min(got_.size(), wanted.size());
      if (!read()) break;
    }
    EXPECT_NE(got_.find(wanted, searched), std::string::npos) << wanted << " is not in " << got_;
    return got_;
  }
  /// All that has come, once the other end is closed.
  std::string wait_for_end() {
    while (read()) {
    }
    EXPECT_TRUE(ended_) << got_;
    return got_;
  }

 private:
  bool read() {
    pollfd fd{socket_.get(), POLLIN, 0};
    if (::poll(&fd, 1, 10'000) <= 0) return false;
    char bytes[4096];
    const auto count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    ended_ = count <= 0;
    if (!ended_) got_.append(bytes, static_cast<std::size_t>(count));
    return !ended_;
  }

  UniqueFd socket_;
  std::string got_;
  bool ended_ = false;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options.listen = {*parse_address("127.0.0.1:0")};
    options.hub.cursor_text = cursor_text;
  }
  ~ServerTest() override { stop(); }

  void start_unready() {
    auto opened = Server::open(options, understand_all, reporter);
    ASSERT_TRUE(opened) << opened.error().what;
    server = *std::move(opened);
    thread = std::thread([this] { server->run(); });
  }
  void start() {
    start_unready();
    server->begin(place_at(10), past);
  }
  void stop() {
    if (!thread.joinable()) return;
    server->stop(End::Reason::shutdown, {Cause::connection, "the server goes down", ""});
    thread.join();
  }

  Client connect() { return Client(parse_address(server->addresses().front())->port); }
  /// The whole answer to a request on a connection of its own.
  std::string answer(std::string_view target, std::string_view headers = "",
                     std::string_view method = "GET") {
    Client client = connect();
    client.request(target, fmt::format("{}Connection: close\r\n", headers), method);
    return client.wait_for_end();
  }

  ServerOptions options;
  NoPast past;
  Silent reporter;
  std::unique_ptr<Server> server;
  std::thread thread;
};

TEST_F(ServerTest, AnswersWith503UntilTheStreamBegins) {
  start_unready();
  EXPECT_THAT(answer("/tail"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer("/healthz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer("/metrics"), HasSubstr("\nmongotail_up 0\n"));
  server->begin(place_at(10), past);
  EXPECT_THAT(answer("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, GivesASubscriberWhatIsPublished) {
  start();
  Client client = connect();
  client.request("/tail");
  EXPECT_THAT(client.wait_for("\r\n\r\n"), HasSubstr("\r\nMongotail-Cursor: 10:1@1\r\n"));
  server->publish(insert_at(11), place_at(11), 1, 0);
  EXPECT_THAT(client.wait_for("}\n"), HasSubstr("\"_id\":1"));
}

TEST_F(ServerTest, GivesAllInOrderToASubscriberWhoseSystemTakesOnlyPartsOfAWrite) {
  start();
  Client client = connect();
  client.request("/tail");
  client.wait_for("\r\n\r\n");
  // Far more than the system keeps for a socket.
  constexpr std::uint32_t first = 11, last = 26;
  const auto id = [](std::uint32_t second) {
    return fmt::format("\"{}{}\"", second, std::string(512u << 10, 'x'));
  };
  for (std::uint32_t second = first; second <= last; ++second) {
    server->publish(insert_at(second, "app.users", id(second)), place_at(second), 1, 0);
  }
  const std::string all = client.wait_for(id(last));
  std::size_t at = 0;
  for (std::uint32_t second = first; second <= last; ++second) {
    at = all.find(fmt::format("\"_id\":{}", id(second)), at);
    ASSERT_NE(at, std::string::npos) << second;
  }
}

TEST_F(ServerTest, TellsHowLongItTookToHandOut) {
  start();
  EXPECT_EQ(server->handing_out(), 0us);
  server->publish(insert_at(11), place_at(11), 1, 0);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (server->handing_out() == 0us && std::chrono::steady_clock::now() < until) {
    server->publish(insert_at(11), place_at(11), 1, 0);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GT(server->handing_out(), 0us);
}

TEST_F(ServerTest, WhileMongoDbIsAwayOnlyNewSubscribersAreSentAway) {
  start();
  Client client = connect();
  client.request("/tail");
  client.wait_for("\r\n\r\n");
  server->set_heard(false);
  EXPECT_THAT(answer("/tail"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer("/tail"), HasSubstr("\r\nRetry-After: "));
  server->set_heard(true);
  server->publish(insert_at(11), place_at(11), 1, 0);
  client.wait_for("}\n");
  EXPECT_THAT(answer("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, SaysSomethingInEachFormWhileThereIsNothing) {
  options.heartbeat = 20ms;
  start();
  Client lines = connect();
  Client events = connect();
  lines.request("/tail");
  events.request("/tail", "Accept: text/event-stream\r\n");
  EXPECT_THAT(lines.wait_for("\r\n\r\n1\r\n\n\r\n"), HasSubstr("application/x-ndjson"));
  EXPECT_THAT(events.wait_for(":\nid: 10:1@1\n\n"), HasSubstr("text/event-stream"));
}

TEST_F(ServerTest, EndsAllStreamsWithTheirCursorsWhenItStops) {
  start();
  Client lines = connect();
  Client events = connect();
  lines.request("/tail");
  events.request("/tail", "Accept: text/event-stream\r\n");
  lines.wait_for("\r\n\r\n");
  events.wait_for("\r\n\r\n");
  stop();
  EXPECT_THAT(lines.wait_for_end(), HasSubstr(R"({"mongotail":{"end":"shutdown")"));
  EXPECT_THAT(events.wait_for_end(), HasSubstr("event: end\nid: 10:1@1\ndata: {\"end\""));
}

TEST_F(ServerTest, TakesNoMoreSubscribersThanItMay) {
  options.max_subscribers = 1;
  start();
  {
    Client first = connect();
    first.request("/tail");
    first.wait_for("\r\n\r\n");
    EXPECT_THAT(answer("/tail"), StartsWith("HTTP/1.1 503"));
  }
  // Its place is free once the server has noticed that it went.
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    Client next = connect();
    next.request("/tail");
    if (next.wait_for("\r\n\r\n").starts_with("HTTP/1.1 200")) break;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(5ms);
  }
}

TEST_F(ServerTest, AnswersOnlyToNamesThatNoPageCanHaveMadeUp) {
  options.allow_hosts = {"tail.example"};
  start();
  for (const auto& [host, status] :
       std::vector<std::pair<std::string, int>>{{"localhost:9994", 200},
                                                {"127.0.0.1", 200},
                                                {"[::1]:80", 200},
                                                {"TAIL.example", 200},
                                                {"evil.example", 421},
                                                {"localhost.evil.example", 421},
                                                {"", 421}}) {
    Client client = connect();
    client.send(fmt::format("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    EXPECT_THAT(client.wait_for("\r\n\r\n"), StartsWith(fmt::format("HTTP/1.1 {} ", status)))
        << host;
  }
}

TEST_F(ServerTest, LetsNoPageOfAnotherOriginReadUnlessItMay) {
  options.allow_origins = {"https://shop.example"};
  start();
  EXPECT_THAT(answer("/tail", "Origin: https://evil.example\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer("/healthz", "Origin: https://shop.example\r\n"),
              HasSubstr("\r\nAccess-Control-Allow-Origin: https://shop.example\r\n"));
  EXPECT_THAT(answer("/healthz"), Not(HasSubstr("Access-Control")));
  EXPECT_THAT(answer("/tail", "Origin: https://shop.example\r\n", "OPTIONS"),
              StartsWith("HTTP/1.1 204"));
}

TEST_F(ServerTest, WantsTheToken) {
  options.token = "s3cret";
  start();
  EXPECT_THAT(answer("/metrics"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(answer("/metrics"), HasSubstr("\r\nWWW-Authenticate: Bearer\r\n"));
  for (const char* wrong : {"Bearer", "Bearer s3cre", "Bearer s3cret1", "Basic s3cret", "s3cret"}) {
    const std::string header = fmt::format("Authorization: {}\r\n", wrong);
    EXPECT_THAT(answer("/metrics", header), StartsWith("HTTP/1.1 401")) << wrong;
  }
  EXPECT_THAT(answer("/metrics", "Authorization: Bearer s3cret\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, RefusesWhatItDoesNotKnow) {
  start();
  EXPECT_THAT(answer("/tail?bad=1"), HasSubstr(R"({"error":"there is no parameter bad"})"));
  EXPECT_THAT(answer("/tail?bad=1"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer("/tail?a=%4"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer("/other"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(answer("/tail", "", "PUT"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer("/tail", "Content-Length: 3\r\n", "POST"), StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, RefusesAHeaderOfMoreThan8KiB) {
  start();
  const std::string large = fmt::format("X: {}\r\n", std::string(9000, 'x'));
  EXPECT_THAT(answer("/tail", large), StartsWith("HTTP/1.1 431"));
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  start();
  Client client = connect();
  client.send("\x16\x03\x01 is TLS\r\n\r\n");
  EXPECT_THAT(client.wait_for_end(), StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, HangsUpOnARequestThatTakesTooLong) {
  options.request_time = 50ms;
  start();
  Client client = connect();
  client.send("GET /tail HTTP/1.1\r\nHost: ");
  EXPECT_EQ(client.wait_for_end(), "");
}

TEST_F(ServerTest, BytesThatTrickleInDoNotExtendTheTimeOfARequest) {
  options.request_time = 300ms;
  start();
  Client client = connect();
  std::thread trickle([&client] {
    for (int i = 0; i < 100 && client.try_send("\r\n"); ++i) std::this_thread::sleep_for(50ms);
  });
  EXPECT_EQ(client.wait_for_end(), "");
  trickle.join();
}

TEST_F(ServerTest, AConnectionThatAsksForNothingMakesRoomForAnother) {
  options.max_waiting = 2;
  options.waiting_time = 0ms;
  start();
  Client subscriber = connect();
  subscriber.request("/tail");
  subscriber.wait_for("\r\n\r\n");
  Client first = connect();
  Client second = connect();
  second.request("/healthz");
  second.wait_for("ok\n");
  Client third = connect();
  third.request("/healthz");
  EXPECT_EQ(first.wait_for_end(), "");
  third.wait_for("ok\n");
  server->publish(insert_at(11), place_at(11), 1, 0);
  subscriber.wait_for("}\n");
}

TEST_F(ServerTest, ANewConnectionHasAWhileToAskInBeforeItMakesRoom) {
  options.max_waiting = 1;
  options.waiting_time = 10min;
  options.request_time = 300ms;
  start();
  Client first = connect();
  Client second = connect();
  second.request("/healthz");
  first.request("/healthz", "Connection: close\r\n");
  EXPECT_THAT(first.wait_for_end(), StartsWith("HTTP/1.1 200"));
  second.wait_for("ok\n");
}

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnectionAndNoHeadWithABody) {
  start();
  Client client = connect();
  client.request("/healthz", "", "HEAD");
  client.request("/tail", "", "HEAD");
  client.request("/other", "", "HEAD");
  client.request("/healthz", "Connection: close\r\n");
  const std::string all = client.wait_for_end();
  std::size_t answers = 0;
  for (std::size_t at = 0; (at = all.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++answers;
  EXPECT_EQ(answers, 4U);
  EXPECT_EQ(all.find("ok\n"), all.size() - 3);
  EXPECT_THAT(all, Not(HasSubstr("{")));
}

TEST_F(ServerTest, CountsForPrometheus) {
  start();
  Client client = connect();
  client.request("/tail");
  client.wait_for("\r\n\r\n");
  server->publish(insert_at(11), place_at(11), 7, 1.5);
  client.wait_for("}\n");
  const std::string text = answer("/metrics");
  for (const char* line : {"up 1", "entries_total 7", "operations_total 1", "subscribers 1",
                           "lag_seconds 1.5", "drops_total{reason=\"slow\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(fmt::format("\nmongotail_{}\n", line)));
  }
}

TEST_F(ServerTest, APortInUseIsAnErrorThatNamesIt) {
  start();
  options.listen = {*parse_address(server->addresses().front())};
  const auto second = Server::open(options, understand_all, reporter);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("can't listen on " + server->addresses().front()));
}

}  // namespace
}  // namespace mongotail::serve

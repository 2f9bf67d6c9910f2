// Many subscribers of one mongotail serve, in one process, and when each operation reached the last
// of them.

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace net = boost::asio;
using boost::system::error_code;

// As Python's time.monotonic() counts.
std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "subscribers: %s\n", why.c_str());
  std::exit(1);
}

/// When the operation with each number was first read, and last, and how often.
class Arrivals {
 public:
  void note(std::size_t number, std::int64_t at) {
    if (number >= all_.size()) all_.resize(number + 1000);
    One& one = all_[number];
    if (one.count++ == 0) one.first = at;
    one.last = at;
  }
  void print() const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].count == 0) continue;
      std::printf("%zu %lld %lld %u\n", i, static_cast<long long>(all_[i].first),
                  static_cast<long long>(all_[i].last), all_[i].count);
    }
  }

 private:
  struct One {
    std::int64_t first = 0, last = 0;
    unsigned count = 0;
  };
  std::vector<One> all_;
};

/// One stream. It asks by HTTP/1.0: the answer is lines and nothing between them.
class Subscriber {
 public:
  Subscriber(net::io_context& io, Arrivals& arrivals) : socket_(io), arrivals_(arrivals) {}

  void open(const net::ip::tcp::endpoint& server, const std::string& target) {
    socket_.connect(server);
    net::write(socket_, net::buffer("GET " + target + " HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    std::string header;
    const auto size = net::read_until(socket_, net::dynamic_buffer(header), "\r\n\r\n");
    if (!header.starts_with("HTTP/1.1 200") && !header.starts_with("HTTP/1.0 200")) die(header);
    rest_ = header.substr(size);
    read();
  }

 private:
  void read() {
    socket_.async_wait(net::ip::tcp::socket::wait_read, [this](error_code error) {
      if (error) die(error.message());
      take();
    });
  }

  void take() {
    // One buffer for all: between calls only what is left of a line stays with the subscriber.
    static std::array<char, 256 << 10> bytes;
    error_code error;
    const std::size_t count = socket_.read_some(net::buffer(bytes), error);
    if (error) die("a stream has ended: " + error.message() + "\n" + rest_);
    const std::int64_t at = now_ns();
    std::string_view text(bytes.data(), count);
    if (!rest_.empty()) {
      const auto end = text.find('\n');
      rest_.append(text.substr(0, end));
      if (end == std::string_view::npos) return read();
      line(rest_, at);
      rest_.clear();
      text.remove_prefix(end + 1);
    }
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      line(text.substr(0, end), at);
      text.remove_prefix(end + 1);
    }
    rest_ = text;
    read();
  }

  void line(std::string_view text, std::int64_t at) {
    constexpr std::string_view key = "\"_id\":";
    const auto place = text.find(key);
    std::size_t number = 0;
    if (place == std::string_view::npos) return;
    const char* begin = text.data() + place + key.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
    if (error == std::errc()) arrivals_.note(number, at);
  }

  net::ip::tcp::socket socket_;
  Arrivals& arrivals_;
  std::string rest_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

/// Says `ready` once all have their headers; at the end of stdin it prints a line an operation:
/// number, nanoseconds of its first and last arrival, how many got it.
int main(int argc, char** argv) {
  if (argc != 5)
    die("usage: subscribers PORT COUNT TARGET FIRST; an @ in TARGET is FIRST, FIRST + 1, …");
  raise_descriptor_limit();
  net::io_context io(1);
  Arrivals arrivals;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const net::ip::tcp::endpoint server(net::ip::address_v4::loopback(), port);
  std::deque<Subscriber> all;
  const std::string target = argv[3];
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    std::string own = target;
    if (const auto at = own.find('@'); at != std::string::npos) {
      own.replace(at, 1, std::to_string(std::atoi(argv[4]) + i));
    }
    all.emplace_back(io, arrivals).open(server, own);
  }
  std::printf("ready\n");
  std::fflush(stdout);
  net::posix::stream_descriptor end(io, ::dup(STDIN_FILENO));
  char byte = 0;
  net::async_read(end, net::buffer(&byte, 1), [&io](error_code, std::size_t) { io.stop(); });
  io.run();
  arrivals.print();
  return 0;
}

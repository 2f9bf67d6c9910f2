// Many subscribers of one mongotail serve, in one process, and when each operation reached the last
// of them.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

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

void check(bool good, const char* what) {
  if (!good) die(std::string(what) + ": " + std::strerror(errno));
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
  /// Returns once the answer's head is there. An address of its own for so many of them: each has
  /// only so many ports.
  Subscriber(const sockaddr_in& from, const sockaddr_in& server, const std::string& target)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check(fd_ >= 0, "socket");
    const int yes = 1;
    ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    check(::bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0, "bind");
    check(::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0,
          "connect");
    const std::string request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
    check(::send(fd_, request.data(), request.size(), 0) > 0, "send");
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      std::array<char, 4096> bytes;
      const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
      check(count > 0, "no answer");
      head.append(bytes.data(), static_cast<std::size_t>(count));
    }
    if (!head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.0 200")) die(head);
    rest_ = head.substr(head.find("\r\n\r\n") + 4);
  }
  int fd() const { return fd_; }

  /// What there is to read.
  void take(Arrivals& arrivals) {
    // One buffer for all: between calls only what is left of a line stays with the subscriber.
    static std::array<char, 256 << 10> bytes;
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) die("a stream has ended: " + rest_);
    const std::int64_t at = now_ns();
    std::string_view text(bytes.data(), static_cast<std::size_t>(count));
    if (!rest_.empty()) {
      const auto end = text.find('\n');
      rest_.append(text.substr(0, end));
      if (end == std::string_view::npos) return;
      line(rest_, at, arrivals);
      rest_.clear();
      text.remove_prefix(end + 1);
    }
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      line(text.substr(0, end), at, arrivals);
      text.remove_prefix(end + 1);
    }
    rest_ = text;
  }

 private:
  static void line(std::string_view text, std::int64_t at, Arrivals& arrivals) {
    constexpr std::string_view key = "\"_id\":";
    const auto* found =
        static_cast<const char*>(::memmem(text.data(), text.size(), key.data(), key.size()));
    if (found == nullptr) return;
    std::size_t number = 0;
    const auto [end, error] =
        std::from_chars(found + key.size(), text.data() + text.size(), number);
    if (error == std::errc()) arrivals.note(number, at);
  }

  int fd_;  // until the program ends
  std::string rest_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

sockaddr_in ipv4(const char* address, int port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(static_cast<std::uint16_t>(port));
  check(::inet_pton(AF_INET, address, &made.sin_addr) == 1, address);
  return made;
}

void watch(int epoll, int fd, std::uint64_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  check(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

/// Until stdin ends.
void read_all(std::vector<Subscriber>& all, Arrivals& arrivals) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  check(epoll >= 0, "epoll_create1");
  for (std::size_t i = 0; i < all.size(); ++i) watch(epoll, all[i].fd(), i);
  watch(epoll, STDIN_FILENO, all.size());
  std::printf("ready\n");
  std::fflush(stdout);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    check(count >= 0 || errno == EINTR, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const auto number = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
      if (number == all.size()) return;
      all[number].take(arrivals);
    }
  }
}

}  // namespace

/// Says `ready` once all have their headers; at the end of stdin it prints a line an operation:
/// number, nanoseconds of its first and last arrival, how many got it.
int main(int argc, char** argv) {
  if (argc != 6) {
    die("usage: subscribers FROM PORT COUNT TARGET FIRST; FROM is the address to connect from, and "
        "an @ in TARGET is FIRST, FIRST + 1, …");
  }
  raise_descriptor_limit();
  const sockaddr_in from = ipv4(argv[1], 0);
  const sockaddr_in server = ipv4("127.0.0.1", std::atoi(argv[2]));
  const std::string target = argv[4];
  std::vector<Subscriber> all;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    std::string own = target;
    if (const auto at = own.find('@'); at != std::string::npos) {
      own.replace(at, 1, std::to_string(std::atoi(argv[5]) + i));
    }
    all.emplace_back(from, server, own);
  }
  Arrivals arrivals;
  read_all(all, arrivals);
  arrivals.print();
  return 0;
}

#include "serve/http.h"

#include <gmock/gmock.h>

namespace mongotail::serve {
namespace {

using testing::HasSubstr;

/// Of a request that is there as a whole.
tl::expected<Request, Refusal> parsed(std::string text) {
  auto request = take_request(text);
  if (!request) return tl::unexpected(std::move(request.error()));
  if (!*request) return tl::unexpected(Refusal{0, {Cause::usage, "not whole", ""}});
  return **std::move(request);
}

unsigned status_of(const std::string& text) {
  const auto request = parsed(text);
  return request ? 200 : request.error().status;
}

TEST(HttpRequest, HasItsPartsAndLeavesWhatFollows) {
  std::string bytes = "GET /tail?a=b HTTP/1.1\r\nHost: localhost:1\r\nX-a:  b \r\n\r\nGET /next";
  const auto request = take_request(bytes);
  ASSERT_TRUE(request && *request);
  EXPECT_EQ((*request)->method, "GET");
  EXPECT_EQ((*request)->target, "/tail?a=b");
  EXPECT_EQ((*request)->host, "localhost:1");
  EXPECT_EQ((*request)->field("x-A"), "b");
  EXPECT_EQ((*request)->field("Y"), "");
  EXPECT_TRUE((*request)->keep_alive);
  EXPECT_EQ(bytes, "GET /next");
}

TEST(HttpRequest, MayComeInPiecesOfAnySize) {
  const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string bytes;
  for (const char c : whole.substr(0, whole.size() - 1)) {
    bytes += c;
    const auto request = take_request(bytes);
    ASSERT_TRUE(request) << request.error().error.what;
    ASSERT_FALSE(*request) << bytes;
  }
  bytes += whole.back();
  const auto request = take_request(bytes);
  EXPECT_TRUE(request && *request);
}

TEST(HttpRequest, OfVersion10NeedsNoHostAndClosesUnlessItSaysOtherwise) {
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n")->keep_alive);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505U);
}

TEST(HttpRequest, ForAWholeUrlHasItsHost) {
  const auto request = parsed("GET HTTPS://[::1]:80?x HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->host, "[::1]:80");
  EXPECT_EQ(request->target, "/?x");
  for (const char* wrong : {"http://", "http:///x", "http://a@b/", "http://a:b/", "http://[::1/",
                            "file:///x", "x", "*", "/a#b"}) {
    const std::string line = std::string("GET ") + wrong + " HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(status_of(line), 400U) << wrong;
  }
  EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->target, "*");
}

TEST(HttpRequest, HasOneHostThatIsAName) {
  for (const char* host : {"", "a", "a.b-c_d:1", "a:", "[::1]", "[::1]:80"}) {
    const std::string line = std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n";
    EXPECT_EQ(status_of(line), 200U) << host;
  }
  for (const char* host :
       {"a b", "a, b", "a/b", "a@b", "a:b", "a:1:2", "[::1]x", "[::1", "\xc3\xa4"}) {
    const std::string line = std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n";
    EXPECT_EQ(status_of(line), 400U) << host;
  }
}

TEST(HttpRequest, IsRefusedOnceItIsTooLargeOrItsLinesAreWrong) {
  std::string large = "GET / HTTP/1.1\r\nX: " + std::string(largest_head, 'x');
  EXPECT_EQ(take_request(large).error().status, 431U);
  for (const char* wrong :
       {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nX: a\r\n b", "GET \rx", "\x16\x03"}) {
    std::string bytes = wrong;
    EXPECT_EQ(take_request(bytes).error().status, 400U) << wrong;
  }
}

TEST(HttpResponse, HasALengthOrIsInChunksOrEndsWithTheConnection) {
  const Request request{"GET", "/", "a", true, true, {}};
  EXPECT_EQ(head_text({200, {{"X", "y"}}, "body", Framing::length, true}, request),
            "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 4\r\n\r\n");
  EXPECT_THAT(head_text({204, {}, "", Framing::length, true}, request),
              testing::Not(HasSubstr("Length")));
  EXPECT_THAT(head_text({200, {}, "", Framing::chunks, false}, request),
              HasSubstr("\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const Request old{"GET", "/", "a", false, true, {}};
  EXPECT_EQ(head_text({200, {}, "", Framing::until_close, false}, old), "HTTP/1.0 200 OK\r\n\r\n");
  EXPECT_EQ(head_text({404, {}, "", Framing::length, true}, old),
            "HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace mongotail::serve

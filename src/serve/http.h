#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/error.h"

// HTTP/1.1 as the server speaks it: requests without a body, and answers.
namespace mongotail::serve {

struct Field {
  std::string name, value;
};

struct Request {
  std::string method;
  std::string target;  ///< a path, or `*`; where a whole URL was sent, without its host
  std::string host;    ///< the URL's, else the Host header's; empty if there is neither
  bool is_http_1_1 = true;
  bool keep_alive = false;
  std::vector<Field> fields;

  /// The first field of that name; empty if there is none. Case does not matter.
  std::string_view field(std::string_view name) const;
};

/// Why there is no request in what was sent. What follows it can't be trusted to be one either, so
/// the connection has to be closed.
struct Refusal {
  unsigned status;
  Error error;
};

/// The most bytes of a request's head, its end included.
inline constexpr std::size_t largest_head = 8u << 10;

/// Takes the next request off the front of `bytes`; nullopt if it is not whole yet. Anything that
/// another program might read in another way is refused: a body, several lengths or hosts, folded
/// lines, line ends that are not CRLF.
tl::expected<std::optional<Request>, Refusal> take_request(std::string& bytes);

/// How a body's end is known.
enum class Framing { length, chunks, until_close };

struct Response {
  unsigned status = 200;
  std::vector<Field> fields = {};
  std::string body = {};  ///< of Framing::length
  Framing framing = Framing::length;
  bool keep_alive = false;
};

/// The head, with the line that ends it.
std::string head_text(const Response& response, const Request& request);

/// The line before a chunk of that size, in bytes; chunk_end follows it.
std::string chunk_begin(std::size_t size);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace mongotail::serve

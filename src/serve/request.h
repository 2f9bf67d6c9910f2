#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "serve/block.h"

// What can be told from the parts of an HTTP request, whoever took it apart.
namespace mongotail::serve {

struct Parameter {
  std::string name;
  std::string value;
};

/// A request's target: `/tail?ns=shop.orders`.
struct Target {
  std::string path;
  std::vector<Parameter> parameters;
};

/// Undoes the percent-encoding; a `+` in a parameter is a space, as forms write it. Cause::usage.
Result<Target> parse_target(std::string_view text);

/// Whether a Host header names this machine in a way that no web page could have arranged: an IP
/// address, localhost, or one of `names` (lower case). The port does not matter.
bool is_allowed_host(std::string_view host, const std::vector<std::string>& names);

/// The bearer token of an Authorization header; nullopt if it has another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

/// Whether the Origin is that of the page's own server.
bool is_same_origin(std::string_view origin, std::string_view host);

/// The form that an Accept header asks for; lines unless another is named.
Form form_for(std::string_view accept);
std::string_view content_type(Form form);

inline constexpr std::string_view frames_type = "application/vnd.mongotail.frames";

/// `{"error":…,"hint":…}` with a newline.
std::string error_body(const Error& error);

}  // namespace mongotail::serve

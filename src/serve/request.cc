#include "serve/request.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "bson/builder.h"
#include "output/json_writer.h"

namespace mongotail::serve {
namespace {

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string with_spaces(text);
  if (plus_is_space) std::ranges::replace(with_spaces, '+', ' ');
  if (!is_percent_encoded(with_spaces)) {
    return fail(Cause::usage, "a % in the request is not followed by two hex digits",
                "percent-encode the parameters' values; a % itself is %25");
  }
  return percent_decoded(with_spaces);
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  const auto question = text.find('?');
  auto path = decode(text.substr(0, question), false);
  if (!path) return fail(std::move(path.error()));
  target.path = *std::move(path);
  std::string_view rest = question == std::string_view::npos ? "" : text.substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals), true);
    if (!name) return fail(std::move(name.error()));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!value) return fail(std::move(value.error()));
    target.parameters.push_back({*std::move(name), *std::move(value)});
  }
  return target;
}

bool is_allowed_host(std::string_view host, const std::vector<std::string>& names) {
  std::string name = lower(without_port(trimmed(host)));
  if (name.starts_with('[') && name.ends_with(']')) {
    return is_ip_address(name.substr(1, name.size() - 2));
  }
  if (name.ends_with('.')) name.pop_back();
  return name == "localhost" || is_ip_address(name) ||
         std::ranges::find(names, name) != names.end();
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view text = trimmed(authorization);
  if (lower(text.substr(0, scheme.size())) != scheme) return std::nullopt;
  return trimmed(text.substr(scheme.size()));
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos &&
         lower(origin.substr(scheme + 3)) == lower(trimmed(host));
}

Form form_for(std::string_view accept) {
  if (accept.find(frames_type) != std::string_view::npos) return Form::frames;
  if (accept.find("text/event-stream") != std::string_view::npos) return Form::events;
  return Form::lines;
}

std::string_view content_type(Form form) {
  switch (form) {
    case Form::frames:
      return frames_type;
    case Form::events:
      return "text/event-stream";
    case Form::lines:
      break;
  }
  return "application/x-ndjson";
}

std::string error_body(const Error& error) {
  bson::Builder builder;
  builder.append("error", error.what);
  if (!error.hint.empty()) builder.append("hint", error.hint);
  std::string body;
  // What the program itself has built is whole.
  [[maybe_unused]] const auto written =
      output::JsonWriter(output::JsonMode::relaxed).append(builder.finish(), body);
  body += '\n';
  return body;
}

}  // namespace mongotail::serve

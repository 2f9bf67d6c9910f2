#include "publish/subscriber_request.h"

#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "base/text.h"
#include "cli/parameters.h"
#include "plan/from_config.h"
#include "read/window.h"

namespace mongotail::publish {
namespace {

using serve::Parameter;

// A parameter has no dashes, and a client that sends one has not read --help.
Error without_dashes(Error error) {
  if (error.what.starts_with("--")) error.what.erase(0, 2);
  if (error.hint.empty()) error.hint = "see man mongotail-serve";
  return error;
}

Result<cli::Config> to_config(const std::vector<Parameter>& parameters) {
  std::vector<cli::NamedValue> named;
  for (const auto& [name, value] : parameters) named.emplace_back(name, value);
  const auto invocation = cli::read_parameters(named);
  if (!invocation) return fail(without_dashes(invocation.error()));
  cli::Environment environment;
  environment.now = std::time(nullptr);
  auto config = cli::resolve(*invocation, environment);
  if (!config) return fail(without_dashes(config.error()));
  return config;
}

serve::Start start_of(const read::ReadRequest& request) {
  if (request.after) return serve::StartAfter{*request.after};
  if (request.lines && *request.lines > 0) return serve::StartInPast{};
  if (!request.start || std::holds_alternative<oplog::Now>(*request.start)) {
    return serve::StartNow{};
  }
  if (const auto* at = std::get_if<oplog::At>(&*request.start)) return serve::StartFrom{at->ts};
  return serve::StartInPast{};
}

Result<serve::Line> line_of(const output::FormatOptions& format) {
  using output::Format;
  if (format.format == Format::event) return serve::Line::event;
  if (format.format == Format::json) {
    return format.with_cursor ? serve::Line::entry_with_cursor : serve::Line::entry;
  }
  return fail(Cause::usage, "output: a subscriber gets json or event",
              "use mongotail --connect, which prints the other formats");
}

void pin(std::optional<oplog::Moment>& moment, const oplog::OpTime& newest) {
  if (moment && std::holds_alternative<oplog::BeforeNewest>(*moment)) {
    moment = oplog::At{read::timestamp_of(*moment, newest)};
  }
}

}  // namespace

Result<serve::Subscription> understand(const std::vector<Parameter>& parameters,
                                       std::string_view cursor, serve::Form form,
                                       const resume::Cursor& top) {
  const auto config = to_config(parameters);
  if (!config) return fail(config.error());
  const auto line = line_of(config->format);
  if (!line) return fail(line.error());
  read::ReadRequest wanted = plan::to_request(*config, config->after_cursor);
  // There may be many subscribers.
  wanted.jobs = 1;
  if (!cursor.empty()) {
    const auto after = resume::parse_cursor(cursor);
    if (!after) return fail(after.error());
    wanted.after = *after;
  }
  if (wanted.end && !wanted.after && (wanted.start || !wanted.lines)) {
    auto window = read::check_window(wanted.start.value_or(oplog::Now{}), *wanted.end, top.optime);
    if (!window) return fail(std::move(window.error()));
  }
  pin(wanted.start, top.optime);
  pin(wanted.end, top.optime);
  const auto request = std::make_shared<const SubscriberRequest>(std::move(wanted), form, *line);
  serve::Subscription subscription;
  subscription.selection = request->read.wish;
  subscription.line = *line;
  subscription.limit = config->limit;
  if (request->ends_at_newest()) {
    subscription.start = serve::StartInPast{};
  } else {
    subscription.start = start_of(request->read);
    if (const auto& end = request->read.end) {
      subscription.last = read::last_before(*end, top.optime);
    }
  }
  subscription.request = request;
  return subscription;
}

}  // namespace mongotail::publish

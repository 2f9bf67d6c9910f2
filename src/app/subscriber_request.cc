#include "app/subscriber_request.h"

#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "app/read_request.h"
#include "base/text.h"
#include "cli/parameters.h"
#include "output/json_writer.h"
#include "read/window.h"

namespace mongotail::app {
namespace {

using serve::Parameter;

// A parameter has no dashes, and nobody who sends one reads --help.
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
  if (request.after) return serve::StartAfter{to_place(*request.after)};
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
              "mongotail --connect prints the other formats");
}

void pin(std::optional<oplog::Moment>& moment, const oplog::OpTime& newest) {
  if (moment && std::holds_alternative<oplog::BeforeNewest>(*moment)) {
    moment = oplog::At{read::timestamp_of(*moment, newest)};
  }
}

std::string time_text(const cli::TimeSpec& time) {
  if (std::holds_alternative<cli::Now>(time)) return "now";
  if (std::holds_alternative<cli::Oldest>(time)) return "oldest";
  if (const auto* back = std::get_if<cli::BeforeNewest>(&time)) {
    return fmt::format("{}s", back->distance.count());
  }
  return oplog::to_string(std::get<cli::At>(time).ts);
}

std::string canonical_json(bson::Document document) {
  std::string text;
  // What the parsers have made is whole.
  [[maybe_unused]] const auto written =
      output::JsonWriter(output::JsonMode::canonical).append(document, text);
  return text;
}

/// The value alone of `{"v":…}`.
std::string id_text(const bson::OwnedDocument& id) {
  constexpr std::string_view before = R"({"v":)";
  const std::string text = canonical_json(id.view());
  return text.substr(before.size(), text.size() - before.size() - 1);
}

std::string op_list(const match::OpSet& ops) {
  std::string list;
  const std::pair<char, bool> all[] = {
      {'i', ops.insert}, {'u', ops.update}, {'d', ops.remove}, {'c', ops.command}, {'n', ops.noop}};
  for (const auto& [letter, wanted] : all) {
    if (!wanted) continue;
    if (!list.empty()) list += ',';
    list += letter;
  }
  for (const std::string& command : ops.commands) {
    if (!list.empty()) list += ',';
    list += command;
  }
  return list;
}

class ParameterText {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += name;
    text_ += '=';
    text_ += percent_encoded(value);
  }
  void add(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) add(name, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string to_parameters(const cli::Config& config) {
  const match::Selection& selection = config.selection;
  ParameterText text;
  text.add("ns", selection.ns);
  text.add("ns-exclude", selection.ns_exclude);
  // Only where --op was given are operations of an unknown kind left out.
  if (!selection.ops.unknown) text.add("op", op_list(selection.ops));
  if (selection.id) text.add("id", id_text(*selection.id));
  text.add("changed", selection.changed);
  text.add("by-user", selection.users);
  if (selection.query) text.add("query", canonical_json(selection.query->view()));
  if (selection.internal) text.add("internal", "true");
  if (config.since) text.add("since", time_text(*config.since));
  if (config.until) text.add("until", time_text(*config.until));
  if (config.lines) text.add("lines", std::to_string(*config.lines));
  if (!config.follow) text.add("no-follow", "true");
  if (config.allow_gap) text.add("allow-gap", "true");
  return text.take();
}

Result<serve::Backend::Understood> understand(const std::vector<Parameter>& parameters,
                                              std::string_view cursor, serve::Form form,
                                              const serve::Place& top) {
  const auto config = to_config(parameters);
  if (!config) return fail(config.error());
  const auto line = line_of(config->format);
  if (!line) return fail(line.error());
  read::ReadRequest wanted = to_request(*config, config->after_cursor);
  if (!cursor.empty()) {
    const auto after = resume::parse_cursor(cursor);
    if (!after) return fail(after.error());
    wanted.after = *after;
  }
  if (wanted.end && !wanted.after && (wanted.start || !wanted.lines)) {
    auto window =
        read::check_window(wanted.start.value_or(oplog::Now{}), *wanted.end, top.optime);
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
  return serve::Backend::Understood{std::move(subscription), request};
}

resume::Cursor to_cursor(const serve::Place& place) {
  if (place.index == oplog::Operation::no_index) return {place.optime, std::nullopt};
  return {place.optime, place.index};
}

serve::Place to_place(const resume::Cursor& cursor) {
  return {cursor.optime, cursor.index.value_or(oplog::Operation::no_index)};
}

}  // namespace mongotail::app

#include "remote/parameters.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "output/json_writer.h"

namespace mongotail::remote {
namespace {

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

}  // namespace mongotail::remote

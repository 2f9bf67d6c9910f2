#include "app/silence.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <variant>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/server_uri.h"
#include "match/ns_glob.h"

namespace mongotail::app {
namespace {

using Seen = tail::NamespaceTally::Seen;

constexpr std::size_t shown_namespaces = 5;

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// `shop.orders (812), shop.carts (3) and 2 more`.
std::string listed(const Seen& seen) {
  std::string text;
  const std::size_t shown = std::min(shown_namespaces, seen.namespaces.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [ns, count] = seen.namespaces[i];
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", ns, count);
  }
  const std::size_t rest = seen.namespaces.size() - shown;
  if (rest > 0) text += fmt::format(" and {} more", rest);
  return text;
}

bool is_wanted(const match::Selection& selection, const std::string& ns) {
  return std::ranges::any_of(selection.ns, [&ns](const std::string& pattern) {
    const auto glob = match::NsGlob::parse(pattern);
    return glob && glob->matches(ns);
  });
}

/// The namespace that was there and that one of the patterns may have meant.
std::optional<std::string> near(const match::Selection& selection, const Seen& seen) {
  std::vector<std::string> names;
  for (const auto& [ns, count] : seen.namespaces) names.push_back(ns);
  for (const std::string& pattern : selection.ns) {
    if (auto found = closest(pattern, names)) return found;
  }
  return std::nullopt;
}

/// The flags, beside those of namespaces, that leave operations out.
std::string other_filters(const match::Selection& selection) {
  std::vector<std::string_view> flags;
  if (!selection.ops.unknown) flags.push_back("--op");
  if (selection.id) flags.push_back("--id");
  if (!selection.changed.empty()) flags.push_back("--changed");
  if (!selection.users.empty()) flags.push_back("--by-user");
  if (selection.query) flags.push_back("--query");
  return fmt::format("{}", fmt::join(flags, ", "));
}

std::string hint(const match::Selection& selection, const Seen& seen) {
  const auto wanted = std::ranges::find_if(
      seen.namespaces, [&](const auto& each) { return is_wanted(selection, each.first); });
  const std::string others = other_filters(selection);
  const bool named = selection.ns.empty() || wanted != seen.namespaces.end();
  if (!named) {
    const auto meant = near(selection, seen);
    return meant ? fmt::format("did you mean --ns '{}'?", *meant) : "";
  }
  if (others.empty()) return "";
  if (selection.ns.empty()) return fmt::format("leave out one of {} to see more", others);
  return fmt::format("{} has operations, so look at {}", wanted->first, others);
}

bool looks_like_regex(std::string_view pattern) {
  return pattern.size() > 2 && pattern.starts_with('/') && pattern.rfind('/') > 0;
}

std::string split_up(const std::string& pattern) {
  std::string flags;
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto comma = rest.find(',');
    flags += fmt::format("{}--ns {}", flags.empty() ? "" : " ", trimmed(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return flags;
}

}  // namespace

bool filters(const match::Selection& selection) {
  return !selection.ns.empty() || !selection.ns_exclude.empty() ||
         !other_filters(selection).empty();
}

std::vector<std::string> explain_silence(const match::Selection& selection, const Seen& seen,
                                         bool newest_only) {
  if (seen.entries == 0) return {"nothing was printed: there was nothing to select from"};
  const std::string entries = counted(seen.entries, "entry", "entries");
  std::vector<std::string> lines = {
      fmt::format("nothing was printed: none of {} was selected; {} of {}",
                  newest_only ? fmt::format("the newest {}", entries) : entries,
                  seen.entries == 1 ? "it is" : "they are", listed(seen))};
  if (auto what = hint(selection, seen); !what.empty()) {
    lines.push_back(fmt::format("  try: {}", what));
  }
  return lines;
}

std::vector<std::string> doubts(const cli::Config& config, bool resumed) {
  std::vector<std::string> lines;
  if (resumed && config.cursor_file && (config.since || config.lines)) {
    lines.push_back(fmt::format("resuming from the cursor in {}, so {} counts for nothing",
                                *config.cursor_file, config.since ? "--since" : "--lines"));
  }
  const bool from_now = !config.since || std::holds_alternative<cli::Now>(*config.since);
  if (!resumed && !config.follow && from_now && !config.lines && config.files.empty()) {
    lines.emplace_back(
        "there is nothing to read: without --since it starts at the newest entry, which is where "
        "--no-follow stops; try --since 1h, --since oldest or --lines 10");
  }
  for (const std::string& pattern : config.selection.ns) {
    if (looks_like_regex(pattern)) {
      lines.push_back(fmt::format(
          "--ns '{}' is not read as a regular expression; try * and ?, or -q '{{ns: {}}}'", pattern,
          pattern));
    } else if (pattern.find(',') != std::string::npos) {
      lines.push_back(
          fmt::format("--ns '{}' is one name with a comma in it; for several namespaces write {}",
                      pattern, split_up(pattern)));
    }
  }
  return lines;
}

std::vector<std::string> doubts_of_uri(const cli::Config& config) {
  std::vector<std::string> lines;
  for (const auto& [name, meant] : cli::unknown_options(config.connection.uri)) {
    lines.push_back(fmt::format("the URI's option {} is not known and has no effect{}", name,
                                meant ? fmt::format("; did you mean {}?", *meant) : ""));
  }
  return lines;
}

}  // namespace mongotail::app

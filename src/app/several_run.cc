#include "app/several_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>
#include <variant>

#include "app/read_request.h"
#include "base/safe_text.h"
#include "mongo/oplog_info.h"
#include "read/window.h"
#include "source/newest_entry.h"

namespace mongotail::app {
namespace {

// So long an entry waits for a source that is silent, and for one that reads what was there at the
// start.
constexpr std::chrono::milliseconds live_hold{2'000};
constexpr std::chrono::milliseconds hold_behind{30'000};

/// Counted back from the newest entry of all.
std::optional<oplog::Moment> fixed(const std::optional<oplog::Moment>& moment,
                                   oplog::OpTime newest) {
  if (!moment || !std::holds_alternative<oplog::BeforeNewest>(*moment)) return moment;
  return oplog::At{read::timestamp_of(*moment, newest)};
}

std::string name_of_file(const std::string& path) {
  return path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
}

}  // namespace

SeveralRun::SeveralRun(const cli::Config& config, resume::Cursors cursors, Reporter& reporter,
                       std::stop_token stop)
    : config_(config),
      cursors_(std::move(cursors)),
      reporter_(reporter),
      stop_(std::move(stop)) {}

Status SeveralRun::open(const match::Predicate& predicate) {
  auto status = config_.files.empty() ? open_servers(predicate) : open_files();
  if (!status) return status;
  for (const auto& [source, cursor] : cursors_) {
    if (std::ranges::find(sources_, source, &OpenSource::name) != sources_.end()) continue;
    reporter_.warning(fmt::format("there is a cursor of {}, which is not read", source));
  }
  return {};
}

read::ReadRequest SeveralRun::request_for(const std::string& name, oplog::OpTime newest) const {
  auto request = to_request(config_, std::nullopt);
  const auto cursor = std::ranges::find(cursors_, name, &resume::NamedCursor::source);
  if (cursor != cursors_.end()) {
    request.after = cursor->cursor;
  } else if (resumes()) {
    reporter_.warning(fmt::format("there is no cursor of {}: what it had before may be missing", name));
  }
  if (resumes()) request.lines = std::nullopt;
  request.start = fixed(request.start, newest);
  request.end = fixed(request.end, newest);
  request.one_of_several = true;
  return request;
}

Status SeveralRun::open_servers(const match::Predicate& predicate) {
  driver_.emplace(reporter_);
  std::vector<const ConnectionConfig*> configs{&config_.connection};
  for (const auto& more : config_.more_connections) configs.push_back(&more);
  oplog::OpTime newest;
  for (std::size_t i = 0; i < configs.size() && !stop_.stop_requested(); ++i) {
    auto connection = mongo::Connection::open(*configs[i], *driver_);
    if (!connection) return fail(std::move(connection.error()));
    const auto info = mongo::oplog_info(**connection);
    if (!info) return fail(info.error());
    newest = std::max(newest, info->newest);
    sources_.emplace_back().name = config_.labels.empty() ? info->set_name : config_.labels[i];
    servers_.push_back({*std::move(connection), nullptr, nullptr});
  }
  if (stop_.stop_requested()) return {};
  if (auto status = check_names(); !status) return status;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (auto status = open_server(predicate, i, newest); !status) return status;
  }
  return {};
}

Status SeveralRun::open_server(const match::Predicate& predicate, std::size_t index,
                               oplog::OpTime newest) {
  Server& server = servers_[index];
  OpenSource& source = sources_[index];
  const auto request = request_for(source.name, newest);
  server.run = std::make_unique<LiveRun>(request, *server.connection, reporter_, stop_);
  auto opened = server.run->open(predicate);
  if (!opened) return fail(std::move(opened.error()));
  server.run->announce(opened->plan);
  server.lookup = std::move(opened->lookup);
  source.source = std::move(opened->source);
  source.lookup = server.lookup.get();
  source.select = opened->plan.select;
  source.may_roll_back = opened->plan.may_roll_back;
  source.ends = opened->plan.tail.last.has_value();
  source.position = opened->plan.position;
  source.resumed = request.after.has_value();
  source.newest = opened->plan.newest.ts;
  return {};
}

Status SeveralRun::open_files() {
  for (std::size_t i = 0; i < config_.files.size(); ++i) {
    sources_.emplace_back().name =
        config_.labels.empty() ? name_of_file(config_.files[i]) : config_.labels[i];
    file_configs_.push_back(config_);
    file_configs_.back().files = {config_.files[i]};
  }
  if (auto status = check_names(); !status) return status;
  oplog::OpTime newest;
  if (read::counts_from_newest(to_request(config_, std::nullopt))) {
    source::BsonStreamOptions options;
    options.skip_damaged = config_.skip_damaged;
    const auto found = source::newest_in(config_.files, options);
    if (!found) return fail(found.error());
    newest = found->value_or(newest);
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    OpenSource& source = sources_[i];
    auto request = request_for(source.name, newest);
    if (request.start && std::holds_alternative<oplog::Now>(*request.start)) {
      request.start = oplog::At{next(newest.ts)};
    }
    source.resumed = request.after.has_value();
    source.position = request.after;
    files_.push_back(std::make_unique<FileRun>(file_configs_[i], request, reporter_, stop_));
    auto opened = files_.back()->open_source();
    if (!opened) return fail(std::move(opened.error()));
    source.lookup = opened->get();
    source.source = *std::move(opened);
    source.select = files_.back()->pump_options().select;
    source.ends = true;
  }
  return {};
}

Status SeveralRun::check_names() const {
  for (const OpenSource& source : sources_) {
    if (!resume::can_name_source(source.name)) {
      return fail(Cause::usage, fmt::format("'{}' can't be the name of a source", safe_text(source.name)),
                  "give each a name with --label, without spaces, commas and equals signs");
    }
    if (std::ranges::count(sources_, source.name, &OpenSource::name) > 1) {
      return fail(Cause::usage, fmt::format("two sources are called {}", source.name),
                  "give each a name with --label, in their order");
    }
  }
  return {};
}

merge::Options SeveralRun::merge_options() const {
  merge::Options options;
  if (config_.in_order_of_arrival) options.order = merge::Options::Order::arrival;
  if (std::ranges::all_of(sources_, &OpenSource::ends)) return options;
  options.hold = live_hold;
  options.hold_behind = hold_behind;
  return options;
}

Pump::Options SeveralRun::pump_options() const {
  Pump::Options options = app::pump_options(config_);
  options.select = sources_.front().select;
  options.may_roll_back = std::ranges::any_of(sources_, &OpenSource::may_roll_back);
  if (!resumes() && config_.lines && *config_.lines > 0) options.last = config_.lines;
  return options;
}

}  // namespace mongotail::app

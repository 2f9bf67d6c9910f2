#include "plan/several_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>
#include <variant>

#include "base/safe_text.h"
#include "mongo/oplog_info.h"
#include "mongo/user_names.h"
#include "plan/from_config.h"
#include "plan/shard_address.h"
#include "read/window.h"
#include "source/counted_input.h"
#include "source/newest_entry.h"

namespace mongotail::plan {
namespace {

// So long an entry waits for a source that is silent, and for one that reads what was there at the
// start.
constexpr std::chrono::milliseconds live_hold{2'000};
constexpr std::chrono::milliseconds hold_behind{30'000};

std::string name_of_file(const std::string& path) {
  return path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
}

}  // namespace

SeveralRun::SeveralRun(const cli::Config& config, Of of, resume::Cursors cursors,
                       Reporter& reporter, std::stop_token stop)
    : config_(config),
      of_(of),
      cursors_(std::move(cursors)),
      reporter_(reporter),
      stop_(std::move(stop)) {}

Status SeveralRun::open(const match::Predicate& predicate) {
  auto status = of_ == Of::cluster      ? open_cluster(predicate)
                : config_.files.empty() ? open_servers(predicate)
                                        : open_files();
  if (!status) return status;
  for (const auto& [source, cursor] : cursors_) {
    if (std::ranges::find(sources_, source, &OpenSource::name) != sources_.end()) continue;
    reporter_.warning(
        of_ == Of::cluster
            ? fmt::format(
                  "shard {} is no longer in the cluster: what it wrote after {} is not read",
                  source, to_string(cursor))
            : fmt::format("there is a cursor of {}, which is not read", source));
  }
  return {};
}

Result<read::ReadRequest> SeveralRun::request_for(
    const std::string& name, oplog::OpTime newest,
    const std::optional<SourceRequests::Joined>& joined) const {
  SourceRequests::Of kind = SourceRequests::Of::sets;
  if (of_ == Of::cluster) kind = SourceRequests::Of::shards;
  if (!config_.files.empty()) kind = SourceRequests::Of::files;
  std::vector<std::string> names;
  for (const OpenSource& source : sources_) names.push_back(source.name);
  const SourceRequests requests(to_request(config_, std::nullopt), kind, cursors_, names);
  auto one = requests.of(name, newest, joined);
  if (one.gap) return fail(*std::move(one.gap));
  if (one.doubt) reporter_.warning(*one.doubt);
  return std::move(one.request);
}

Status SeveralRun::open_servers(const match::Predicate& predicate) {
  driver_.emplace(reporter_);
  std::vector<const ConnectionConfig*> configs{&config_.connection};
  for (const auto& more : config_.more_connections) configs.push_back(&more);
  for (std::size_t i = 0; i < configs.size() && !stop_.stop_requested(); ++i) {
    auto status = reach(*configs[i], config_.labels.empty() ? "" : config_.labels[i]);
    if (!status) return status;
  }
  return open_all(predicate);
}

Status SeveralRun::open_cluster(const match::Predicate& predicate) {
  driver_.emplace(reporter_);
  auto cluster = mongo::Connection::open(config_.connection, *driver_);
  if (!cluster) return fail(std::move(cluster.error()));
  cluster_ = *std::move(cluster);
  if (auto status = check_is_cluster(*cluster_); !status) return status;
  const auto shards = shards_now();
  if (!shards) return fail(shards.error());
  if (auto status = check_shards(*shards, config_); !status) return status;
  for (const mongo::Shard& shard : *shards) {
    if (stop_.stop_requested()) return {};
    if (auto status = reach(shard); !status) return fail(of_shard(status.error(), shard));
  }
  return open_all(predicate);
}

// Connects, and learns the newest entry and, unless it is given, the name.
Status SeveralRun::reach(const ConnectionConfig& config, std::string name) {
  auto connection = mongo::Connection::open(config, *driver_);
  if (!connection) return fail(std::move(connection.error()));
  const auto info = mongo::oplog_info(**connection);
  if (!info && info.error().cause == Cause::no_oplog && of_ == Of::sets_or_files &&
      mongo::is_mongos(**connection)) {
    return fail(
        Cause::usage,
        fmt::format("{} is a mongos, which can't be mixed with other URIs", (*connection)->hosts()),
        "give it alone to follow its cluster, or name the replica sets of its shards");
  }
  if (!info) return fail(info.error());
  newest_ = std::max(newest_, info->newest);
  sources_.emplace_back().name = name.empty() ? info->set_name : std::move(name);
  servers_.emplace_back().connection = *std::move(connection);
  return {};
}

Status SeveralRun::reach(const mongo::Shard& shard) {
  auto status = reach(connection_of(shard, config_.connection, config_), shard.name);
  if (!status || !shard.added || !resumes() ||
      std::ranges::find(cursors_, shard.name, &resume::NamedCursor::source) != cursors_.end()) {
    return status;
  }
  const auto size = mongo::oplog_size(*servers_.back().connection);
  servers_.back().joined = {*shard.added, size ? size->oldest : *shard.added};
  return status;
}

Status SeveralRun::open_all(const match::Predicate& predicate) {
  if (stop_.stop_requested()) return {};
  if (auto status = check_names(); !status) return status;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    auto request = request_for(sources_[i].name, newest_, servers_[i].joined);
    if (!request) return fail(std::move(request.error()));
    auto status = open_server(predicate, servers_[i], sources_[i], *std::move(request));
    if (!status) return status;
  }
  return {};
}

Status SeveralRun::open_server(const match::Predicate& predicate, Server& server,
                               OpenSource& source, read::ReadRequest request) {
  source.may_be_lost = request.after.has_value();
  request.hide_migrated = of_ == Of::cluster && !config_.from_migrate;
  server.stop_too = std::make_unique<StopToo>(stop_, StopSource{server.stop});
  server.run = std::make_unique<LiveRun>(std::move(request), *server.connection, reporter_,
                                         server.stop.get_token());
  auto opened = server.run->open(predicate);
  if (!opened) return fail(std::move(opened.error()));
  server.lookup = std::move(opened->lookup);
  source.source = std::move(opened->source);
  source.lookup = server.lookup.get();
  source.select = opened->plan.select;
  source.may_roll_back = opened->plan.may_roll_back;
  source.ends = opened->plan.tail.last.has_value();
  source.position = opened->plan.position;
  // Lines are counted back from the end: what is skipped at the start has no place of its own.
  if (!source.position && source.select.skip == 0) {
    source.position = cursor_before(opened->plan.tail.start);
    source.may_be_lost = true;
  }
  source.newest = opened->plan.newest.ts;
  server.plan = std::move(opened->plan);
  return {};
}

bool SeveralRun::may_grow() const {
  return of_ == Of::cluster && std::ranges::none_of(sources_, &OpenSource::ends);
}

Result<std::vector<mongo::Shard>> SeveralRun::shards_now() {
  return mongo::shards_of(*cluster_);
}

Result<OpenSource> SeveralRun::open_new_shard(const mongo::Shard& shard,
                                              const match::Predicate& predicate) {
  OpenSource source;
  source.name = shard.name;
  auto connection =
      mongo::Connection::open(connection_of(shard, config_.connection, config_), *driver_);
  if (!connection) return fail(of_shard(connection.error(), shard));
  Server server;
  server.connection = *std::move(connection);
  auto request = to_request(config_, std::nullopt);
  request.lines = std::nullopt;
  // A second's begin has a cursor. What the oplog lacks was before it was the cluster's.
  request.start = oplog::At{{newest_.ts.seconds, 0}};
  request.allow_gap = true;
  request.one_of_several = true;
  auto status = open_server(predicate, server, source, std::move(request));
  if (!status) return fail(of_shard(status.error(), shard));
  server.run->announce(server.plan);
  source.number = servers_.size();
  servers_.push_back(std::move(server));
  return source;
}

Result<bson::Timestamp> SeveralRun::newest_of(std::size_t source) {
  const auto info = mongo::oplog_info(*servers_[source].connection);
  if (!info) return fail(info.error());
  return info->newest.ts;
}

std::stop_source SeveralRun::stop_of(std::size_t source) const {
  return servers_[source].stop;
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
    auto found = request_for(source.name, newest);
    if (!found) return fail(std::move(found.error()));
    read::ReadRequest& request = *found;
    if (request.start && std::holds_alternative<oplog::Now>(*request.start)) {
      request.start = oplog::At{next(newest.ts)};
    }
    source.may_be_lost = true;
    source.position = request.after ? request.after : cursor_before(begin_of(request));
    files_.push_back(std::make_unique<FileRun>(file_configs_[i], request, reporter_, stop_));
    files_.back()->count_in(bytes_read_);
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
      return fail(Cause::usage,
                  fmt::format("'{}' can't be the name of a source", safe_text(source.name)),
                  "give each a name with --label, without spaces, commas and equals signs");
    }
    if (std::ranges::count(sources_, source.name, &OpenSource::name) > 1) {
      return fail(Cause::usage, fmt::format("two sources are called {}", source.name),
                  "give each a name with --label, in their order");
    }
  }
  return {};
}

void SeveralRun::announce() const {
  for (const Server& server : servers_) server.run->announce(server.plan);
}

terminal::ProgressWindow SeveralRun::window() const {
  terminal::ProgressWindow all;
  all.ends = std::ranges::all_of(sources_, &OpenSource::ends);
  if (!config_.files.empty()) {
    all.bytes = source::bytes_in(config_.files);
    all.bytes_read = &bytes_read_;
    all.source_ends.resize(sources_.size());
    return all;
  }
  for (const Server& server : servers_) {
    const terminal::ProgressWindow one = server.run->window(server.plan);
    // Without a begin its past is read from wherever that is.
    if (&server == &servers_.front()) all.begin = one.begin;
    if (!one.begin || !all.begin) all.begin = std::nullopt;
    if (all.begin) all.begin = std::min(*all.begin, *one.begin);
    if (one.end) all.end = std::max(all.end.value_or(*one.end), *one.end);
    all.end_moves = all.end_moves || one.end_moves;
    all.source_ends.push_back(one.end);
  }
  return all;
}

void SeveralRun::count(const std::shared_ptr<tail::NamespaceTally>& tally) {
  for (OpenSource& source : sources_) {
    source.source = std::make_unique<tail::TalliedSource>(std::move(source.source), tally);
  }
}

std::vector<SeveralRun::Asked> SeveralRun::servers() const {
  std::vector<Asked> all;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& server = servers_[i];
    all.push_back({sources_[i].name, *server.connection, server.plan.tail.filter.view(),
                   server.run->window(server.plan).begin});
  }
  return all;
}

std::vector<std::string> SeveralRun::user_names() const {
  std::vector<std::string> all;
  if (cluster_) all = mongo::user_names(*cluster_);
  for (const Server& server : servers_) {
    for (std::string& name : mongo::user_names(*server.connection)) all.push_back(std::move(name));
  }
  return all;
}

merge::Options SeveralRun::merge_options() const {
  merge::Options options;
  if (config_.in_order_of_arrival) options.order = merge::Options::Order::arrival;
  if (std::ranges::all_of(sources_, &OpenSource::ends)) return options;
  options.hold = live_hold;
  options.hold_behind = hold_behind;
  return options;
}

tail::Pump::Options SeveralRun::pump_options() const {
  tail::Pump::Options options = plan::pump_options(config_);
  options.may_roll_back = std::ranges::any_of(sources_, &OpenSource::may_roll_back);
  if (!resumes() && config_.lines && *config_.lines > 0) options.last = config_.lines;
  return options;
}

}  // namespace mongotail::plan

#include "app/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <utility>

#include "app/checkpointer.h"
#include "app/pump.h"
#include "app/read_ahead.h"
#include "app/start_position.h"
#include "match/predicate.h"
#include "match/pushdown.h"
#include "mongo/connection.h"
#include "mongo/driver.h"
#include "mongo/entry_lookup.h"
#include "mongo/oplog_info.h"
#include "mongo/reverse_source.h"
#include "mongo/tail_source.h"
#include "output/format.h"
#include "resume/checkpoint.h"
#include "resume/cursor.h"

namespace mongotail::app {
namespace {

using Finished = std::function<void(Status)>;

std::string selection_name(const match::Selection& selection) {
  return selection.ns.empty() ? "all operations" : fmt::format("{}", fmt::join(selection.ns, ", "));
}

std::string start_name(const mongo::Start& start) {
  if (const auto* after = std::get_if<mongo::AfterEntry>(&start)) {
    return oplog::to_string(after->optime.ts);
  }
  const auto& from = std::get<mongo::FromTimestamp>(start);
  return from.oldest ? "the oldest entry" : oplog::to_string(from.ts);
}

// Where an earlier run has got to, if there was one.
Result<std::optional<resume::Cursor>> resume_cursor(const cli::Config& config) {
  if (config.cursor_file) {
    auto saved = resume::CursorFile(*config.cursor_file).load();
    if (!saved || *saved) return saved;
  }
  return config.after_cursor;
}

/// The parts of a run against a live server, in the order in which they depend on each other.
class LiveRun {
 public:
  LiveRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
          mongo::Connection& connection, Reporter& reporter, std::stop_token stop)
      : config_(config),
        resume_after_(resume_after),
        connection_(connection),
        reporter_(reporter),
        stop_(std::move(stop)),
        lookup_(connection, config.read_concern, stop_),
        checkpointer_(config.cursor_file ? std::optional(resume::CursorFile(*config.cursor_file))
                                         : std::nullopt) {}

  void run(const match::Predicate& predicate, output::Formatter& formatter, output::ByteSink& sink,
           const Finished& finished);

 private:
  Status plan(const match::Predicate& predicate);
  Status plan_start(const match::Predicate& predicate, oplog::OpTime newest);
  Status plan_lines(const match::Predicate& predicate, oplog::OpTime newest);
  void announce(const mongo::OplogInfo& info) const;

  const cli::Config& config_;
  std::optional<resume::Cursor> resume_after_;
  mongo::Connection& connection_;
  Reporter& reporter_;
  std::stop_token stop_;
  mongo::OplogLookup lookup_;
  Checkpointer checkpointer_;
  mongo::TailPlan plan_;
  Pump::Options pump_;
};

void LiveRun::run(const match::Predicate& predicate, output::Formatter& formatter,
                  output::ByteSink& sink, const Finished& finished) {
  if (auto status = plan(predicate); !status || stop_.stop_requested()) return finished(status);
  ReadAhead input(std::make_unique<mongo::TailSource>(connection_, plan_, reporter_, stop_), stop_);
  Pump pump(pump_, {predicate, lookup_, formatter, sink, checkpointer_, reporter_}, stop_);
  const Status outcome = pump.run(input);
  if (config_.show_cursor && checkpointer_.position()) {
    reporter_.requested(fmt::format("-- cursor: {}", to_string(*checkpointer_.position())));
  }
  finished(outcome);
}

Status LiveRun::plan(const match::Predicate& predicate) {
  auto filter = match::server_filter(config_.selection, match::PushdownLevel::full);
  if (!filter) return fail(std::move(filter.error()));
  plan_.filter = *std::move(filter);
  plan_.read_concern = config_.read_concern;
  plan_.allow_gap = config_.allow_gap;

  const auto info = mongo::oplog_info(connection_);
  if (!info) return fail(info.error());
  if (!config_.follow) plan_.last = info->newest.ts;
  if (config_.until) {
    const bson::Timestamp last = last_before(*config_.until, info->newest);
    plan_.last = plan_.last ? std::min(*plan_.last, last) : last;
  }
  pump_.raw = config_.raw;
  pump_.limit = config_.limit;
  pump_.may_roll_back = config_.read_concern == ReadConcern::local;
  if (auto status = plan_start(predicate, info->newest); !status) return status;
  announce(*info);
  return {};
}

Status LiveRun::plan_start(const match::Predicate& predicate, oplog::OpTime newest) {
  if (resume_after_) {
    plan_.start = mongo::AfterEntry{resume_after_->optime, resume_after_->index.has_value()};
    pump_.resume_after = *resume_after_;
    checkpointer_.written(*resume_after_);
  } else {
    plan_.start = start_for(config_.since.value_or(cli::Now{}), newest);
    if (config_.lines) {
      if (auto status = plan_lines(predicate, newest); !status) return status;
    }
    if (const auto* after = std::get_if<mongo::AfterEntry>(&plan_.start)) {
      checkpointer_.written({after->optime, std::nullopt});
    }
  }
  const auto* from = std::get_if<mongo::FromTimestamp>(&plan_.start);
  pump_.tolerate_lost_parts = config_.allow_gap || (from != nullptr && from->oldest);
  return {};
}

Status LiveRun::plan_lines(const match::Predicate& predicate, oplog::OpTime newest) {
  if (*config_.lines == 0) {
    plan_.start = mongo::AfterEntry{newest};
    return {};
  }
  LinesQuery query;
  query.lines = *config_.lines;
  query.raw = config_.raw;
  if (config_.since && !std::holds_alternative<cli::Oldest>(*config_.since)) {
    const mongo::Start since = start_for(*config_.since, newest);
    const auto* from = std::get_if<mongo::FromTimestamp>(&since);
    query.first = from != nullptr ? from->ts : newest.ts;
  }
  const bson::Timestamp last = plan_.last ? std::min(*plan_.last, newest.ts) : newest.ts;
  mongo::ReverseSource reversed(connection_, lines_filter(plan_.filter, last, query.first),
                                lines_filter({}, last, query.first), config_.read_concern);
  const auto found = find_lines_start(reversed, lookup_, predicate, query);
  if (!found) return fail(found.error());
  plan_.start = found->start;
  pump_.skip = found->skip;
  return {};
}

void LiveRun::announce(const mongo::OplogInfo& info) const {
  reporter_.notice(fmt::format(
      "{} {} on {} at {} from {}; Ctrl-C stops", plan_.last ? "reading" : "following",
      selection_name(config_.selection), info.set_name, info.address, start_name(plan_.start)));
}

}  // namespace

void run_pipeline(const cli::Config& config, output::ByteSink& sink, Reporter& reporter,
                  std::stop_token stop, const Finished& finished) {
  const auto predicate = match::Predicate::make(config.selection);
  if (!predicate) return finished(fail(predicate.error()));
  auto formatter = output::Formatter::make(config.format);
  if (!formatter) return finished(fail(formatter.error()));

  const auto resume_after = resume_cursor(config);
  if (!resume_after) return finished(fail(resume_after.error()));

  mongo::Driver driver(reporter);
  const auto connection = mongo::Connection::open(config.connection, driver);
  if (!connection) return finished(fail(connection.error()));
  LiveRun run(config, *resume_after, **connection, reporter, std::move(stop));
  run.run(*predicate, *formatter, sink, finished);
}

}  // namespace mongotail::app

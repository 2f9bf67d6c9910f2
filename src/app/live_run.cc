#include "app/live_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "app/start_position.h"
#include "match/bounded_filter.h"
#include "match/pushdown.h"
#include "mongo/live_reader.h"
#include "mongo/reverse_source.h"

namespace mongotail::app {
namespace {

std::string selection_name(const match::Selection& selection) {
  return selection.ns.empty() ? "all operations" : fmt::format("{}", fmt::join(selection.ns, ", "));
}

std::string start_name(const mongo::Start& start) {
  if (const auto* after = std::get_if<mongo::AfterEntry>(&start)) {
    return oplog::with_time(after->optime.ts);
  }
  const auto& from = std::get<mongo::FromTimestamp>(start);
  return from.oldest ? "the oldest entry" : oplog::with_time(from.ts);
}

// Whether the server sends all but what is always hidden: then what comes can be compared with the
// size of its oplog.
bool wants_nearly_all(match::Selection selection, const bson::OwnedDocument& filter) {
  if (filter.view().empty()) return true;
  selection.ops.noop = selection.internal = false;
  const auto its = match::server_filter(selection, match::PushdownLevel::full);
  const auto usual = match::server_filter(match::Selection(), match::PushdownLevel::full);
  return its && usual && std::ranges::equal(its->view().bytes(), usual->view().bytes());
}

}  // namespace

LiveRun::LiveRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
                 mongo::Connection& connection, Reporter& reporter, std::stop_token stop)
    : config_(config),
      resume_after_(resume_after),
      connection_(connection),
      reporter_(reporter),
      stop_(std::move(stop)),
      lookup_(mongo::live_set(connection), current_, reporter, stop_) {}

std::unique_ptr<oplog::Source> LiveRun::open_source() {
  return std::make_unique<mongo::TailSource>(mongo::live_set(connection_), plan_, current_,
                                             reporter_, stop_);
}

Status LiveRun::plan(const match::Predicate& predicate, Checkpointer& checkpointer,
                     const Limits& limits) {
  if (auto status = plan_filter(limits.bound); !status) return status;
  plan_.read_concern = config_.read_concern;
  plan_.allow_gap = config_.allow_gap;

  const auto info = mongo::oplog_info(connection_);
  if (!info) return fail(info.error());
  if (!info->majority_reads && plan_.read_concern == ReadConcern::majority) {
    plan_.read_concern = ReadConcern::local;
    reporter_.warning(fmt::format(
        "{} runs with majority reads turned off: what is printed may be rolled back later",
        info->address));
  }
  newest_ = info->newest.ts;
  if (config_.status_line) measure_oplog();
  if (auto status = plan_end(info->newest, limits); !status) return status;
  pump_.select.raw = config_.raw;
  pump_.summarize = summarize_of(config_);
  pump_.summary = config_.summary_options;
  pump_.limit = config_.limit;
  pump_.may_roll_back = plan_.read_concern == ReadConcern::local;
  if (auto status = plan_start(predicate, info->newest); !status) return status;
  if (resume_after_) {
    checkpointer.begin(*resume_after_);
  } else if (const auto* after = std::get_if<mongo::AfterEntry>(&plan_.start)) {
    // Saved before it says that it follows: a crash right behind that loses nothing then.
    checkpointer.written({after->optime, std::nullopt});
    if (auto status = checkpointer.save(); !status) return status;
  }
  announce(*info);
  return {};
}

Status LiveRun::plan_filter(const match::Selection* bound) {
  auto filter = bound == nullptr
                    ? match::server_filter(config_.selection, match::PushdownLevel::full)
                    : match::bounded_filter(config_.selection, *bound);
  if (!filter) return fail(std::move(filter.error()));
  plan_.filter = *std::move(filter);
  return {};
}

/// What may be read at most, and what --until leaves of it.
Status LiveRun::plan_end(oplog::OpTime newest, const Limits& limits) {
  if (!config_.follow) plan_.last = newest.ts;
  std::optional<bson::Timestamp> last = limits.last;
  if (!last && config_.until) {
    // Resumed, or counted back from there, a stream may well begin behind its end.
    if (!resume_after_ && (config_.since || !config_.lines)) {
      auto window = check_window(config_.since.value_or(cli::Now{}), *config_.until, newest);
      if (!window) return window;
    }
    last = last_before(*config_.until, newest);
  }
  if (last) plan_.last = plan_.last ? std::min(*plan_.last, *last) : *last;
  return {};
}

Status LiveRun::plan_start(const match::Predicate& predicate, oplog::OpTime newest) {
  if (resume_after_) {
    plan_.start = mongo::AfterEntry{resume_after_->optime, resume_after_->index.has_value()};
    pump_.select.resume_after = *resume_after_;
  } else {
    plan_.start = start_for(config_.since.value_or(cli::Now{}), newest);
    if (config_.lines) {
      if (auto status = plan_lines(predicate, newest); !status) return status;
    }
  }
  const auto* from = std::get_if<mongo::FromTimestamp>(&plan_.start);
  pump_.select.tolerate_lost_parts = config_.allow_gap || (from != nullptr && from->oldest);
  pump_.select.tolerate_rolled_back_parts =
      pump_.select.tolerate_lost_parts || pump_.may_roll_back;
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
    query.first = first_ts(start_for(*config_.since, newest));
  }
  const bson::Timestamp last = plan_.last ? std::min(*plan_.last, newest.ts) : newest.ts;
  mongo::ReverseSource reversed(mongo::live_set(connection_),
                                {last, query.first, plan_.filter, plan_.read_concern}, current_);
  const auto found = find_lines_start(reversed, lookup_, predicate, query);
  if (!found) return fail(found.error());
  pump_.select.skip = found->skip;
  // Where --since itself is the floor, the start is already what it says.
  const auto* from = std::get_if<mongo::FromTimestamp>(&found->start);
  if (!query.first || from == nullptr || from->ts != *query.first) plan_.start = found->start;
  return {};
}

CatchUpWindow LiveRun::window() const {
  const auto* from = std::get_if<mongo::FromTimestamp>(&plan_.start);
  CatchUpWindow window;
  window.ends = plan_.last.has_value();
  if (from == nullptr || !from->oldest) window.begin = first_ts(plan_.start);
  window.end = plan_.last ? std::min(*plan_.last, newest_) : newest_;
  window.end_moves = !plan_.last || *plan_.last > newest_;
  if (size_) {
    const bson::Timestamp begin = std::max(window.begin.value_or(size_->oldest), size_->oldest);
    const double after = newest_.seconds - std::min(window.end->seconds, newest_.seconds);
    window.oplog = {size_->bytes, begin.seconds - size_->oldest.seconds + after};
  }
  if (!sample_.empty()) {
    std::vector<OplogShape::Entry> entries;
    for (const mongo::SampledEntry& entry : sample_) {
      entries.push_back({entry.ts, static_cast<double>(entry.bytes)});
    }
    window.shape.emplace(std::move(entries));
  }
  return window;
}

// Only for the progress: what can't be learned is done without.
void LiveRun::measure_oplog() {
  const auto by_time = [this](const Error& error) {
    reporter_.detail("progress goes by time, not by bytes: " + error.what);
  };
  if (wants_nearly_all(config_.selection, plan_.filter)) {
    auto size = mongo::oplog_size(connection_);
    if (!size) return by_time(size.error());
    size_ = *size;
  } else {
    auto sample = mongo::oplog_sample(connection_);
    if (!sample) return by_time(sample.error());
    sample_ = *std::move(sample);
  }
}

void LiveRun::announce(const mongo::OplogInfo& info) const {
  reporter_.notice(fmt::format(
      "{} {} on {} at {} from {}; Ctrl-C stops", plan_.last ? "reading" : "following",
      selection_name(config_.selection), info.set_name, info.address, start_name(plan_.start)));
}

}  // namespace mongotail::app

#include "app/file_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <variant>

#include "app/start_position.h"
#include "source/counted_input.h"
#include "source/newest_entry.h"

namespace mongotail::app {
namespace {

bool counts_from_newest(const std::optional<cli::TimeSpec>& time) {
  return time && (std::holds_alternative<cli::Now>(*time) ||
                  std::holds_alternative<cli::BeforeNewest>(*time));
}

}  // namespace

FileRun::FileRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
                 Reporter& reporter, const std::stop_token& stop)
    : config_(config),
      resume_after_(resume_after),
      reporter_(reporter),
      on_stop_(stop, [this] { stopped_ = true; }) {}

Result<std::unique_ptr<source::BsonStream>> FileRun::open_source() {
  source::BsonStreamOptions options;
  options.skip_damaged = config_.skip_damaged;
  options.follow = config_.follow;
  options.stop = &stopped_;
  options.reporter = &reporter_;
  options.bytes_read = &bytes_read_;
  if (auto status = set_window(options); !status) return fail(status.error());
  reporter_.notice(fmt::format("{} {}; Ctrl-C stops", config_.follow ? "following" : "reading",
                               fmt::join(config_.files, ", ")));
  return source::BsonStream::open(config_.files, options);
}

Status FileRun::set_window(source::BsonStreamOptions& options) {
  oplog::OpTime newest_entry;
  if (counts_from_newest(config_.since) || counts_from_newest(config_.until)) {
    const auto found = newest();
    if (!found) return fail(found.error());
    newest_entry = *found;
  }
  if (resume_after_) {
    options.since = resume_after_->optime.ts;
  } else if (config_.since) {
    options.since = first_ts(start_for(*config_.since, newest_entry));
  }
  if (config_.until && config_.since && !resume_after_) {
    if (auto window = check_window(*config_.since, *config_.until, newest_entry); !window) {
      return window;
    }
  }
  if (config_.until) options.last = last_before(*config_.until, newest_entry);
  return {};
}

Result<oplog::OpTime> FileRun::newest() {
  source::BsonStreamOptions options;
  options.skip_damaged = config_.skip_damaged;
  options.stop = &stopped_;
  const auto found = source::newest_in(config_.files, options);
  if (!found) return fail(found.error());
  return found->value_or(oplog::OpTime{});
}

Pump::Options FileRun::pump_options() const {
  Pump::Options options;
  options.select.raw = config_.raw;
  options.summarize = summarize_of(config_);
  options.summary = config_.summary_options;
  options.limit = config_.limit;
  options.last = config_.lines;
  options.select.resume_after = resume_after_;
  options.select.skip_damaged = config_.skip_damaged;
  // A file begins where it begins, like the oldest entry of an oplog.
  options.select.tolerate_lost_parts = options.select.tolerate_rolled_back_parts = true;
  return options;
}

CatchUpWindow FileRun::window() const {
  CatchUpWindow window;
  window.ends = !config_.follow;
  window.bytes = source::bytes_in(config_.files);
  window.bytes_read = &bytes_read_;
  return window;
}

}  // namespace mongotail::app

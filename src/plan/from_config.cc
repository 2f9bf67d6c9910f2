#include "plan/from_config.h"

namespace mongotail::plan {

read::ReadRequest to_request(const cli::Config& config, std::optional<resume::Cursor> after) {
  read::ReadRequest request;
  request.wish = config.selection;
  // The state of a document comes of all that happens to it, whatever is printed.
  if (config.state) request.needed = config.state->subject;
  request.after = after;
  request.start = config.since;
  request.end = config.until;
  request.lines = config.lines;
  request.jobs = config.jobs;
  request.follow = config.follow;
  request.raw = config.raw;
  request.allow_gap = config.allow_gap;
  request.skip_damaged = config.skip_damaged;
  request.read_concern = config.read_concern;
  return request;
}

tail::Pump::Options pump_options(const cli::Config& config) {
  using Summarize = tail::Pump::Options::Summarize;
  tail::Pump::Options options;
  if (config.summary) {
    options.summarize = config.summary_as_json ? Summarize::as_json : Summarize::as_table;
  }
  options.summary = config.summary_options;
  options.limit = config.limit;
  return options;
}

}  // namespace mongotail::plan

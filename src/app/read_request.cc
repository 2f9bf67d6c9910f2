#include "app/read_request.h"

namespace mongotail::app {

read::ReadRequest to_request(const cli::Config& config, std::optional<resume::Cursor> after) {
  read::ReadRequest request;
  request.wish = config.selection;
  // The state of a document comes of all that happens to it, whatever is printed.
  if (config.state) request.needed = config.state->subject;
  request.after = after;
  request.start = config.since;
  request.end = config.until;
  request.lines = config.lines;
  request.follow = config.follow;
  request.raw = config.raw;
  request.allow_gap = config.allow_gap;
  request.skip_damaged = config.skip_damaged;
  request.read_concern = config.read_concern;
  return request;
}

}  // namespace mongotail::app

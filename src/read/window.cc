#include "read/window.h"

#include <fmt/format.h>

#include <cstdint>
#include <variant>

namespace mongotail::read {

using oplog::OpTime;

bson::Timestamp timestamp_of(const oplog::Moment& moment, OpTime newest) {
  if (std::holds_alternative<oplog::Now>(moment)) return next(newest.ts);
  if (const auto* back = std::get_if<oplog::BeforeNewest>(&moment)) {
    const auto distance = back->distance.count();
    return {distance >= newest.ts.seconds
                ? 0
                : newest.ts.seconds - static_cast<std::uint32_t>(distance),
            0};
  }
  if (const auto* at = std::get_if<oplog::At>(&moment)) return at->ts;
  return {};
}

bson::Timestamp last_before(const oplog::Moment& end, OpTime newest) {
  return previous(timestamp_of(end, newest));
}

Status check_window(const oplog::Moment& start, const oplog::Moment& end, OpTime newest) {
  const bson::Timestamp first = timestamp_of(start, newest);
  const bson::Timestamp after_last = timestamp_of(end, newest);
  if (first < after_last) return {};
  const bool from_now = std::holds_alternative<oplog::Now>(start);
  return fail(
      Cause::usage,
      fmt::format("nothing can be between the start, {}{}, and --until, {}",
                  oplog::with_time(first), from_now ? " (now)" : "", oplog::with_time(after_last)),
      from_now ? "give a start before it with --since, --since oldest for the whole oplog"
               : "give an earlier --since or a later --until");
}

bool counts_from_newest(const ReadRequest& request) {
  const auto counts = [](const std::optional<oplog::Moment>& moment) {
    return moment && (std::holds_alternative<oplog::Now>(*moment) ||
                      std::holds_alternative<oplog::BeforeNewest>(*moment));
  };
  return counts(request.start) || counts(request.end);
}

Result<Window> saved_window(const ReadRequest& request, OpTime newest) {
  Window window;
  if (request.after) {
    window.first = request.after->optime.ts;
  } else if (request.start) {
    window.first = timestamp_of(*request.start, newest);
  }
  if (request.end && request.start && !request.after) {
    auto order = check_window(*request.start, *request.end, newest);
    if (!order) return fail(std::move(order.error()));
  }
  window.last = request.last;
  if (!window.last && request.end) window.last = last_before(*request.end, newest);
  return window;
}

}  // namespace mongotail::read

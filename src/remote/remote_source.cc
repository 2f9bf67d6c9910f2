#include "remote/remote_source.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "resume/cursor.h"

namespace mongotail::remote {
namespace {

// A connection that lasts for so long is not one of many in a row that fail.
constexpr std::chrono::seconds good_time{1};

bool may_pass(Cause cause) {
  return cause == Cause::unreachable || cause == Cause::connection;
}

/// Not everything has been handed out up to a place among an entry's operations.
std::optional<oplog::OpTime> watermark_of(std::string_view cursor) {
  const auto place = resume::parse_cursor(cursor);
  if (!place || place->index) return std::nullopt;
  return place->optime;
}

/// Whether a frame at `there` can't follow what has been read up to `here`. An operation lies past
/// all before it; a place alone may be given again.
bool goes_back(std::string_view here, std::string_view there, bool is_operation) {
  const auto from = resume::parse_cursor(here);
  const auto to = resume::parse_cursor(there);
  if (!from || !to) return false;
  return is_operation ? !comes_before(*from, *to) : comes_before(*to, *from);
}

}  // namespace

RemoteSource::RemoteSource(Client& remote, std::string name, std::string target, std::string cursor,
                           Reporter& reporter, std::stop_token stop)
    : remote_(remote),
      name_(std::move(name)),
      target_(std::move(target)),
      cursor_(std::move(cursor)),
      reporter_(reporter),
      stop_(std::move(stop)) {}

Status RemoteSource::open() {
  opened_at_ = Clock::now();
  return remote_.open(target_, cursor_, stop_);
}

Result<std::optional<oplog::Batch>> RemoteSource::next() {
  if (failure_) return fail(*std::exchange(failure_, std::nullopt));
  while (!over_ && !stop_.stop_requested()) {
    if (away_since_) {
      if (auto status = come_back(); !status) return fail(status.error());
      continue;
    }
    auto whole = frames_.take_whole();
    if (!whole) return fail(whole.error());
    if (!whole->empty()) return batch_of(*std::move(whole));
    const auto bytes = remote_.read(stop_);
    if (!bytes) {
      lost(bytes.error().what);
    } else if (!*bytes) {
      lost(name_ + " hung up");
    } else {
      frames_.append(**bytes);
    }
  }
  return std::nullopt;
}

Result<std::optional<oplog::Batch>> RemoteSource::batch_of(std::string frames) {
  const auto bytes = std::make_shared<const std::string>(std::move(frames));
  oplog::Batch batch;
  batch.bytes = bytes;
  batch.caught_up = true;
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
  while (const auto document = bson::Document::from(rest)) {
    rest = rest.subspan(document->size());
    const auto frame = serve::parse_frame(*document);
    if (!frame) return fail(frame.error());
    if (frame->end) {
      ended(*frame->end);
      break;
    }
    if (goes_back(cursor_, frame->cursor, frame->operation.has_value())) {
      lost(fmt::format("{} went back from {} to {}", name_, cursor_, frame->cursor));
      break;
    }
    if (!frame->cursor.empty() && frame->cursor != cursor_) {
      moved_ = true;
      cursor_ = frame->cursor;
    }
    batch.watermark = std::nullopt;
    if (frame->operation) {
      batch.entries.push_back(*frame->operation);
      batch.unwound.push_back({frame->index, frame->last, frame->transaction});
    } else {
      batch.watermark = watermark_of(frame->cursor);
    }
  }
  return batch;
}

void RemoteSource::ended(const serve::End& end) {
  using Reason = serve::End::Reason;
  over_ = end.reason == Reason::done;
  if (over_) return;
  const std::string what = fmt::format("{}: {}", name_, end.error.what);
  const bool again = end.reason == Reason::slow || end.reason == Reason::shutdown ||
                     (end.reason == Reason::failed && moved_);
  if (again) return lost(what);
  failure_ = Error{end.error.cause, what, end.error.hint};
}

void RemoteSource::lost(const std::string& why) {
  frames_.clear();
  if (away_since_ || stop_.stop_requested()) return;
  away_since_ = Clock::now();
  reporter_.warning(fmt::format("connection lost: {}; retrying", why));
}

Status RemoteSource::come_back() {
  if (std::exchange(moved_, false) && *away_since_ - opened_at_ >= good_time) back_off_.reset();
  back_off_.wait(stop_);
  opened_at_ = Clock::now();
  const auto status = remote_.open(target_, cursor_, stop_);
  if (!status && !stop_.stop_requested() && !may_pass(status.error().cause)) return status;
  if (!status) {
    reporter_.detail(status.error().what);
    return {};
  }
  const std::chrono::duration<double> away =
      Clock::now() - *std::exchange(away_since_, std::nullopt);
  reporter_.warning(fmt::format("back after {:.1f} s at {}, resuming from {}", away.count(), name_,
                                cursor_.empty() ? "the start" : cursor_));
  return {};
}

}  // namespace mongotail::remote

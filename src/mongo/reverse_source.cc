#include "mongo/reverse_source.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "mongo/scan_pace.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

using Clock = std::chrono::steady_clock;

void append_all(bson::Builder& out, const bson::OwnedDocument& filter) {
  for (const bson::Element& field : filter.view()) out.append(field);
}

}  // namespace

class ReverseSource::State {
 public:
  State(std::unique_ptr<OplogSet> set, ReversePlan plan, std::shared_ptr<CurrentMember> current)
      : set_(std::move(set)),
        plan_(std::move(plan)),
        current_(std::move(current)),
        below_(bson::next(plan_.last)) {}

  Result<std::optional<oplog::Batch>> next() {
    while (!finished_) {
      auto batch = in_pieces_ ? next_of_piece() : read();
      if (batch && (!*batch || !(*batch)->entries.empty())) {
        finished_ = !*batch;
        return batch;
      }
      if (batch || read_smaller()) continue;
      return batch;
    }
    return std::nullopt;
  }

 private:
  // Whether it is worth to try once more, in pieces or in smaller ones. A filter that selects
  // little keeps a read silent until it ends. Servers can't end a backward read at a `ts`, and
  // begin it at their newest entry (seen on 4.2.6 to 6.0.27), so pieces are read forward.
  bool read_smaller() {
    const bool slow = reader_ && reader_->took_too_long(asked_at_);
    const bool again = slow && (!in_pieces_ || pace_.shrink());
    in_pieces_ = in_pieces_ || slow;
    leave();
    return again;
  }

  Status select() {
    if (reader_) return {};
    auto reader = set_->select();
    if (!reader) return fail(reader.error());
    reader_ = *std::move(reader);
    current_->set(reader_->server_id());
    return {};
  }

  void leave() {
    reading_ = false;
    reader_ = nullptr;
  }

  // nullopt: the end of what the open cursor reads.
  Result<std::optional<oplog::Batch>> read() {
    if (!reading_) {
      if (auto status = open(); !status) return fail(status.error());
    }
    asked_at_ = Clock::now();
    auto batch = reader_->next();
    if (!batch) return fail(batch.error());
    if (!*batch) return std::nullopt;
    if (!in_pieces_ && !(*batch)->entries.empty()) {
      const auto entry = oplog::Entry::parse((*batch)->entries.back());
      if (!entry) return fail(entry.error());
      below_ = entry->optime.ts;
    }
    oplog::Batch out;
    out.bytes = std::move((*batch)->bytes);
    out.entries = std::move((*batch)->entries);
    return out;
  }

  Status open() {
    if (auto status = select(); !status) return status;
    asked_at_ = Clock::now();
    auto opened = open_read();
    if (!opened && opened.error().cause == Cause::server && !plan_.filter.view().empty()) {
      plan_.filter = {};
      opened = open_read();
    }
    reading_ = opened.has_value();
    return opened;
  }

  Status open_read() {
    const auto kind = in_pieces_ ? OplogQuery::Kind::forward : OplogQuery::Kind::reverse;
    OplogQuery query{filter(), plan_.read_concern, kind};
    if (!in_pieces_) query.enough = plan_.enough;
    return reader_->open(query);
  }

  bson::OwnedDocument filter() const {
    bson::Builder out;
    out.open_document("ts").append("$lt", below_);
    if (in_pieces_) out.append("$gte", piece_begin_);
    out.close();
    if (plan_.filter.view().empty() || in_pieces_ || !plan_.first) {
      append_all(out, plan_.filter);
      return out.take();
    }
    // One entry before `first` tells the reader that all the others have come.
    out.open_array("$or").append("0", plan_.filter.view());
    out.open_document("1").open_document("ts").append("$lt", *plan_.first).close().close();
    out.close();
    return out.take();
  }

  // Each piece is read whole, and handed out from its end.
  Result<std::optional<oplog::Batch>> next_of_piece() {
    while (piece_.empty()) {
      if (auto status = begin_piece(); !status) return fail(status.error());
      if (below_ <= end_) return std::nullopt;
      if (auto status = read_piece(); !status) return fail(status.error());
    }
    auto batch = std::move(piece_.back());
    piece_.pop_back();
    std::ranges::reverse(batch.entries);
    return batch;
  }

  Status begin_piece() {
    if (auto status = select(); !status) return status;
    const auto oldest = reader_->oldest();
    if (!oldest) return fail(oldest.error());
    end_ = *oldest ? (*oldest)->optime.ts : bson::Timestamp{};
    if (plan_.first) end_ = std::max(end_, *plan_.first);
    const std::uint32_t span = std::min(pace_.span(), below_.seconds);
    piece_begin_ = std::max(end_, bson::Timestamp{below_.seconds - span, 0});
    return {};
  }

  Status read_piece() {
    const auto begun = Clock::now();
    std::vector<oplog::Batch> piece;
    for (;;) {
      auto batch = read();
      if (!batch) return fail(batch.error());
      if (!*batch) break;
      piece.push_back(**std::move(batch));
    }
    reading_ = false;
    pace_.took(Clock::now() - begun, std::chrono::milliseconds(reader_->longest_wait_ms()));
    below_ = piece_begin_;
    piece_ = std::move(piece);
    return {};
  }

  std::unique_ptr<OplogSet> set_;
  ReversePlan plan_;
  std::shared_ptr<CurrentMember> current_;
  bson::Timestamp below_;  // all from here on has been read
  std::unique_ptr<OplogReader> reader_;
  bool reading_ = false;  // its stream is open
  Clock::time_point asked_at_;
  bool finished_ = false;

  bool in_pieces_ = false;
  ScanPace pace_;
  bson::Timestamp piece_begin_;  // inclusive
  bson::Timestamp end_;          // where pieces end
  std::vector<oplog::Batch> piece_;
};

ReverseSource::ReverseSource(std::unique_ptr<OplogSet> set, ReversePlan plan,
                             std::shared_ptr<CurrentMember> current)
    : state_(std::make_unique<State>(std::move(set), std::move(plan), std::move(current))) {}
ReverseSource::~ReverseSource() = default;

Result<std::optional<oplog::Batch>> ReverseSource::next() {
  return state_->next();
}

}  // namespace mongotail::mongo

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "mongo/oplog_reader.h"
#include "mongo/scan_pace.h"
#include "mongo/tail_plan.h"

namespace mongotail::mongo {

/// A part of the past, up to an entry that is there already.
struct PastRange {
  Start start;
  bson::Timestamp last;  ///< inclusive
  oplog::OpTime end;     ///< the entry at `last`, or the first one past it
  bool is_rest = false;  ///< it goes up to the end of all
};

/// `filter` with the bounds on `ts`.
bson::OwnedDocument range_filter(const Start& start, std::optional<bson::Timestamp> last,
                                 bson::Document filter);

/// How many seconds of `rest` to read next, with this many readers: what the pace says, but so that
/// all have some of it to do until the end.
std::uint32_t span_of(const PastRange& rest, const ScanPace& pace, std::size_t jobs);

/// The first `seconds` of `rest`, up to an entry that `reader` has, or all of it.
Result<PastRange> first_range(OplogReader& reader, const PastRange& rest, std::uint32_t span,
                              ReadConcern read_concern);

/// What comes after it.
PastRange rest_after(const PastRange& range, const PastRange& rest);

/// Reads the past of one member as several ranges at once, each over a cursor and a connection of
/// its own, and hands them out one after the other, in order.
///
/// A range's cursor is open before the range is handed out. Whether its begin is still in the
/// oplog, and so whether nothing is missing, is for the caller to ask then.
///
/// Memory is bounded: while the batches that wait hold `kept_bytes`, nothing more is requested but
/// by the range that is handed out; so each cursor's newest reply comes on top.
///
/// Called by one thread, beside the own ones.
class PastRanges {
 public:
  static constexpr std::size_t kept_bytes = 8u << 20;

  /// Opens the member anew; called by several threads.
  using Connect = std::function<Result<std::unique_ptr<OplogReader>>()>;

  struct Plan {
    PastRange rest;              ///< all that is to be read
    bson::OwnedDocument filter;  ///< without bounds on `ts`
    ReadConcern read_concern = ReadConcern::majority;
    ScanPace pace;
    std::size_t jobs = 2;  ///< that there will be
    std::size_t kept_bytes = PastRanges::kept_bytes;
  };

  /// Nothing is read before work_with().
  PastRanges(Connect connect, Plan plan);
  PastRanges(const PastRanges&) = delete;
  PastRanges& operator=(const PastRanges&) = delete;
  /// May take as long as one call of a reader.
  ~PastRanges();

  /// So many cursors from now on, at most; those that there are stay.
  void work_with(std::size_t jobs);

  /// The next range, once its read is open. nullopt: a stop was requested. Not to be called after
  /// the one that is the rest. Errors are those of readers, in the order of the ranges.
  Result<std::optional<PastRange>> open_next(const std::stop_token& stop);
  /// The next entries of the range that was opened; nullopt: at its end. Without entries where a
  /// stop was requested.
  Result<std::optional<ReadBatch>> next(const std::stop_token& stop);

  /// Whether what failed was a read that asked for too much; as Member::took_too_long().
  bool took_too_long() const;
  ScanPace pace() const;
  std::chrono::steady_clock::time_point begun() const { return begun_; }

 private:
  using Duration = std::chrono::steady_clock::duration;
  struct Job;

  void work(const std::stop_token& stop);
  std::shared_ptr<Job> claim(OplogReader& reader, const std::stop_token& stop);
  bool read(OplogReader& reader, Job& job, const std::stop_token& stop);
  bool wait_for_room(const Job& job, const std::stop_token& stop);
  void end(Job& job, Duration took, std::chrono::milliseconds wanted);
  void give_up(Job& job, Error error, bool slow);
  void add(std::shared_ptr<Job> job);
  std::uint32_t span(const PastRange& rest) const;

  const Connect connect_;
  const Plan plan_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();

  std::mutex planning_;  // also while a reader is asked where a range ends; taken before mutex_
  std::optional<PastRange> rest_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // in order; the first one is handed out
  std::size_t waiting_bytes_ = 0;
  std::size_t unconnected_ = 0;  // threads that could not reach the member
  ScanPace pace_;
  bool slow_ = false;

  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace mongotail::mongo

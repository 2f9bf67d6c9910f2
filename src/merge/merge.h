#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/types.h"
#include "oplog/source.h"

namespace mongotail::merge {

using Clock = std::chrono::steady_clock;

struct Options {
  enum class Order {
    ts,       ///< by ts, entries with one ts by the name of their source
    arrival,  ///< as they come
  };
  Order order = Order::ts;
  /// How long an entry waits for sources that have not got as far; without it, as long as it takes.
  std::optional<std::chrono::milliseconds> hold;
  /// The same for sources that have not got to the place where they are known to have been when the
  /// run began: that takes the time of a read, not of a wait.
  std::optional<std::chrono::milliseconds> hold_behind;
  /// A source of which more than that waits is not read on. What it hands out at once comes on top.
  std::size_t kept_bytes = 1u << 20;
};

/// What a source had at the begin.
struct SourceStart {
  std::string name;  ///< unlike those of the others
  /// It had entries up to there when the run began.
  std::optional<bson::Timestamp> known_to;
  /// It is read from behind there.
  std::optional<bson::Timestamp> after = std::nullopt;
};

/// A source that the others no longer wait for, or that they wait for again.
struct Notice {
  enum class Kind { lags, is_back };
  Kind kind;
  std::size_t source;
};

/// Several oplogs as one ordered stream. Each is read as fast as it comes (wants(), offer()), and
/// what is next is taken from here (take()). Entries of one source keep their order, whatever
/// happens. Does not read a clock: `now` never goes back. Not thread-safe.
class Merge {
 public:
  explicit Merge(Options options);

  /// Sources are numbered from 0. One may be added at any time: nothing that it has can be older
  /// than what has been taken then, or it comes late.
  std::size_t add(SourceStart start);

  /// Whether the source is to be read: it has not ended, and not too much of it waits.
  bool wants(std::size_t source) const;
  /// The next batch of the source. Cause::damaged where an entry's top level can't be read.
  Status offer(std::size_t source, oplog::Batch batch, Clock::time_point now);
  /// The source has no more; nobody waits for it.
  void end(std::size_t source);

  /// Entries that follow each other in the stream, all of one source; false if the next one is
  /// not known yet. `out.source` says whose it is. Batches without entries come as well, for their
  /// watermarks. `out` is used again: its memory is kept.
  bool take(oplog::Batch& out, Clock::time_point now);
  /// When take() may return true without another offer(); nullopt: never.
  std::optional<Clock::time_point> deadline() const;

  /// Nothing more can come of the source up to there.
  bool has_passed(std::size_t source, bson::Timestamp ts) const {
    return sources_[source].has_passed(ts);
  }
  /// An entry waits.
  bool holds_any() const;

  /// All that was there at the begin has been taken: of each source what it was known to have
  /// (all, where nothing was known), and what the others had up to the newest of that.
  bool past_is_taken() const;
  /// All sources have ended, and all that they had has been taken.
  bool ended() const;
  /// What has happened since the last call.
  std::vector<Notice> notices();

  const std::string& name(std::size_t source) const { return sources_[source].start.name; }
  std::size_t size() const { return sources_.size(); }

 private:
  struct Waiting {
    oplog::Batch batch;
    std::vector<bson::Timestamp> keys;  // of its entries; they never go back
    std::size_t bytes = 0;
    Clock::time_point came;
    std::size_t taken = 0;  // of the entries
  };
  struct Source {
    SourceStart start;
    std::size_t rank = 0;  // of its name among the others'
    std::deque<Waiting> waiting;
    std::size_t bytes = 0;
    std::optional<bson::Timestamp> heard;  // nothing more comes up to here
    bson::Timestamp last_key;
    bool ended = false;
    bool lags = false;

    bool has_entry() const;
    const Waiting& front() const { return waiting.front(); }
    bson::Timestamp head() const { return front().keys[front().taken]; }
    bool has_passed(bson::Timestamp ts) const { return ended || (heard && *heard >= ts); }
  };

  std::optional<std::size_t> without_entry() const;
  std::optional<std::size_t> next_source() const;
  Clock::time_point oldest_waiting() const;
  bool held(std::size_t source, Clock::time_point now);
  std::chrono::milliseconds hold_for(const Source& behind, bson::Timestamp key,
                                     bool& for_ever) const;
  std::size_t run_length(std::size_t source) const;
  void hand_out(std::size_t source, std::size_t count, oplog::Batch& out);
  void drop_after(Source& source, bson::Timestamp common);

  Options options_;
  std::vector<Source> sources_;
  std::vector<Notice> notices_;
  bson::Timestamp newest_taken_;
  bson::Timestamp known_to_;  // the newest of the sources'
  std::optional<Clock::time_point> deadline_;
  std::size_t turn_ = 0;  // of arrival order
};

}  // namespace mongotail::merge

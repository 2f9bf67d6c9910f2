#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "oplog/user.h"
#include "serve/interest_index.h"
#include "serve/past.h"
#include "serve/ring.h"
#include "serve/subscription.h"

namespace mongotail::serve {

/// What a subscriber is to do next.
struct Delivery {
  enum class State {
    text,     ///< write `pieces`, then ask again
    nothing,  ///< wait for Wakes::ready
    later,    ///< ask again after others had their turn
    end,      ///< write the end, and close
  };

  State state = State::nothing;
  std::vector<std::string_view> pieces;
  std::vector<SharedBlock> blocks;  ///< what the pieces lie in
  End end;
};

/// Hands the operations of one stream to any number of subscribers: each is matched and encoded
/// once, and kept in a ring to which subscribers hold no more than a number. Nothing here waits,
/// and nothing here knows of sockets. Not thread-safe.
class Hub {
 public:
  using Clock = std::chrono::steady_clock;

  /// Told that there is something to take. Must not call the hub back.
  class Wakes {
   public:
    virtual ~Wakes() = default;
    virtual void ready(SubscriberId id) = 0;
  };

  struct Options {
    std::size_t ring_bytes = 64u << 20;
    /// A subscriber that is behind, and for so long came no nearer because of its own reading, is
    /// ended.
    std::chrono::milliseconds drop_after{30'000};
    CursorText cursor_text;
    /// Named in events; complete before the first block is published. May be null.
    std::shared_ptr<const oplog::UserNames> users = {};
  };

  struct Counters {
    std::uint64_t operations = 0;  ///< published
    std::uint64_t bytes = 0;       ///< of their lines
    std::uint64_t delivered = 0;   ///< operations, to each subscriber
    std::uint64_t catch_ups = 0;   ///< started
    std::map<End::Reason, std::uint64_t> ends;
  };

  /// `start`: the place before the first operation that will be published. `wakes` and
  /// `past` must outlive the hub.
  Hub(Options options, resume::Cursor start, Wakes& wakes, Past& past);

  /// All up to `top` has been published with `block`, which may be nullptr.
  void publish(SharedBlock block, resume::Cursor top);
  /// What was published after `common` is void: every subscriber is ended.
  void roll_back(resume::Cursor common);
  /// Ends every subscriber.
  void end_all(End::Reason reason, const Error& error);

  /// Cause::usage where the selection can't be understood.
  Result<SubscriberId> subscribe(Subscription subscription);
  void unsubscribe(SubscriberId id);

  /// What to write next; asked again only when that is written.
  Delivery take(SubscriberId id, Clock::time_point now);
  /// Its position, as far as it has taken; empty if that is not known yet.
  std::string cursor(SubscriberId id) const;
  bool has_ended(SubscriberId id) const { return subscribers_.at(id).end.has_value(); }

  /// A catch-up has read on to `position`; `block`, which may be nullptr, holds what matched.
  void caught(SubscriberId id, SharedBlock block, const std::optional<resume::Cursor>& position);
  /// It has made room for others: it is to be started again once what it gave has been taken.
  void catch_up_paused(SubscriberId id);
  /// It has handed out all up to `place`, the ring's top of a while ago.
  void caught_up(SubscriberId id, resume::Cursor place);
  /// The stream ended as requested, or can't be read.
  void catch_up_ended(SubscriberId id, End::Reason reason, const Error& error);

  /// Looks for subscribers that read too slowly; a few times a second.
  void tick(Clock::time_point now);

  std::size_t subscribers() const { return subscribers_.size(); }
  const Ring& ring() const { return ring_; }
  const Counters& counters() const { return counters_; }
  const Past& past() const { return past_; }

 private:
  struct Caught {
    SharedBlock block;
    std::optional<resume::Cursor> position;
  };
  struct CatchUp {
    enum class State { reading, paused, finished } state = State::reading;
    std::deque<Caught> blocks;
    std::size_t index = 0;   // in the first of them
    resume::Cursor reached;  // of State::finished
    std::optional<End> end;
  };
  struct Progress {
    Clock::time_point since;
    std::int64_t lag = 0;  // in seconds
    resume::Cursor top;
    std::optional<resume::Cursor> at;
    Clock::duration with_reader{};
  };
  struct Subscriber {
    Form form = Form::lines;
    Line line = Line::entry;
    std::shared_ptr<const Past::Request> request;
    Interest* interest = nullptr;
    std::optional<bson::Timestamp> last;
    std::optional<std::uint64_t> left;
    bool idle = false;
    Seq next = 0;                                // where to look on in the ring
    std::optional<resume::Cursor> at;            // all up to here has been taken
    std::optional<resume::Cursor> skip_through;  // nothing up to here is wanted
    std::unique_ptr<CatchUp> catch_up;
    std::optional<End> end;
    std::optional<Clock::time_point> given_at;  // what it was given is being written
    Clock::duration with_reader{};              // time that writes have taken
    std::optional<Progress> progress;           // while it is behind
  };
  class Text;

  void place(SubscriberId id, Subscriber& subscriber, const Start& start);
  bool join(Subscriber& subscriber, const resume::Cursor& after);
  void begin_catch_up(SubscriberId id, Subscriber& subscriber,
                      const std::optional<resume::Cursor>& after);
  void wake(Interest& interest, Seq seq, const resume::Cursor& before);
  void wake_finished();
  void finish(SubscriberId id, Subscriber& subscriber, End::Reason reason, const Error& error);
  bool is_behind(const Subscriber& subscriber) const;
  void judge(SubscriberId id, Subscriber& subscriber, Clock::time_point now);

  void fill_from_catch_up(SubscriberId id, Subscriber& subscriber, Text& text);
  void drop_caught(SubscriberId id, Subscriber& subscriber);
  bool after_catch_up(SubscriberId id, Subscriber& subscriber);
  enum class Reach { top, behind, open, end, budget };
  Reach fill_from_ring(Subscriber& subscriber, Text& text);
  const SharedBlock& in_lines(const SharedBlock& block, const Subscriber& subscriber);
  static bool is_skipped(const Subscriber& subscriber, const resume::Cursor& place);
  static bool advance(Subscriber& subscriber, const resume::Cursor& place);
  std::optional<Interest::Match> next_match(Subscriber& subscriber, std::size_t& budget);
  Delivery::State rest(SubscriberId id, Subscriber& subscriber, Reach reach);
  bool is_over(const Subscriber& subscriber) const;
  bool is_past_end(const Subscriber& subscriber, const resume::Cursor& place) const;

  Options options_;
  Wakes& wakes_;
  Past& past_;
  Ring ring_;
  InterestIndex index_;
  std::unordered_map<SubscriberId, Subscriber> subscribers_;
  std::set<std::pair<bson::Timestamp, SubscriberId>> ends_;  // by Subscriber::last
  InterestIndex::Candidates matching_;
  /// Blocks of the ring with other lines than it has, for the next that want them.
  struct Relined {
    SharedBlock block;
    Line line = Line::entry;
    SharedBlock with_lines;
  };
  std::deque<Relined> relined_;
  SubscriberId next_id_ = 1;
  Counters counters_;
};

}  // namespace mongotail::serve

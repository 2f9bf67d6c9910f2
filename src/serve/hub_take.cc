#include <algorithm>

#include "serve/hub.h"

namespace mongotail::serve {
namespace {

// Enough for a write to cost little beside what it carries; small enough that many subscribers
// whose writes wait keep little of the ring's past alive.
constexpr std::size_t bytes_at_once = 64u << 10;
// The system takes at most 64 pieces in one write, and the frame around them takes some.
constexpr std::size_t pieces_at_once = 56;
// Operations that one subscriber may have tested before others get their turn: about 1 ms.
constexpr std::size_t tests_at_once = 2000;
// Of 64 KiB each, or of one large document.
constexpr std::size_t relined_blocks = 8;

}  // namespace

/// Collects the text of one delivery.
class Hub::Text {
 public:
  Text(Delivery& delivery, Form form) : delivery_(delivery), form_(form) {}

  bool full() const { return bytes_ >= bytes_at_once || delivery_.pieces.size() >= pieces_at_once; }
  bool empty() const { return operations_ == 0; }
  std::size_t operations() const { return operations_; }

  void add(const SharedBlock& block, std::size_t index) {
    if (run_ && run_->get() == block.get() && run_end_ == index) {
      ++run_end_;
    } else {
      close_run();
      run_ = block;
      run_begin_ = index;
      run_end_ = index + 1;
    }
    bytes_ += block->bytes_of(form_, index);
    ++operations_;
    if (form_ == Form::events) close_run();
  }

  void close_run() {
    if (!run_) return;
    (*run_)->append_pieces(form_, run_begin_, run_end_, delivery_.pieces);
    if (delivery_.blocks.empty() || delivery_.blocks.back() != *run_) {
      delivery_.blocks.push_back(*run_);
    }
    run_ = std::nullopt;
  }

 private:
  Delivery& delivery_;
  Form form_;
  std::size_t bytes_ = 0;
  std::size_t operations_ = 0;
  std::optional<SharedBlock> run_;  // operations side by side, not yet turned into a piece
  std::size_t run_begin_ = 0, run_end_ = 0;
};

Delivery Hub::take(SubscriberId id, Clock::time_point now) {
  Delivery delivery;
  Subscriber& subscriber = subscribers_.at(id);
  if (subscriber.given_at) {
    subscriber.with_reader += now - *subscriber.given_at;
    subscriber.given_at = std::nullopt;
  }
  if (!subscriber.end && (subscriber.left == 0u || is_over(subscriber))) {
    finish(id, subscriber, End::Reason::done, {});
  }
  if (!subscriber.end && subscriber.idle) return delivery;
  Text text(delivery, subscriber.form);
  if (!subscriber.end && subscriber.catch_up) fill_from_catch_up(id, subscriber, text);
  if (!subscriber.end && text.empty() && (!subscriber.catch_up || after_catch_up(id, subscriber))) {
    const Reach reach = fill_from_ring(subscriber, text);
    if (text.empty()) delivery.state = rest(id, subscriber, reach);
  }
  text.close_run();
  if (!text.empty()) {
    delivery.state = Delivery::State::text;
    counters_.delivered += text.operations();
    subscriber.given_at = now;
  } else if (subscriber.end) {
    delivery.state = Delivery::State::end;
    delivery.end = *subscriber.end;
  }
  return delivery;
}

/// It has all that there is, and its end has come.
bool Hub::is_over(const Subscriber& subscriber) const {
  return subscriber.idle && subscriber.last && ring_.top().optime.ts >= *subscriber.last;
}

bool Hub::is_past_end(const Subscriber& subscriber, const resume::Cursor& place) const {
  return subscriber.last && place.optime.ts > *subscriber.last;
}

void Hub::fill_from_catch_up(SubscriberId id, Subscriber& subscriber, Text& text) {
  CatchUp& catch_up = *subscriber.catch_up;
  while (!catch_up.blocks.empty() && !text.full()) {
    const Caught& front = catch_up.blocks.front();
    while (front.block && catch_up.index < front.block->size() && !text.full()) {
      if (subscriber.left == 0u) return;
      text.add(front.block, catch_up.index);
      subscriber.at = front.block->place(catch_up.index++);
      if (subscriber.left) --*subscriber.left;
    }
    if (front.block && catch_up.index < front.block->size()) return;
    if (front.position) subscriber.at = front.position;
    drop_caught(id, subscriber);
  }
}

void Hub::drop_caught(SubscriberId id, Subscriber& subscriber) {
  CatchUp& catch_up = *subscriber.catch_up;
  const bool had_block = catch_up.blocks.front().block != nullptr;
  catch_up.blocks.pop_front();
  catch_up.index = 0;
  if (had_block) past_.block_taken(id);
}

/// Once all that a catch-up gave has been taken: true if the ring continues from there.
bool Hub::after_catch_up(SubscriberId id, Subscriber& subscriber) {
  CatchUp& catch_up = *subscriber.catch_up;
  if (!catch_up.blocks.empty()) return false;
  switch (catch_up.state) {
    case CatchUp::State::reading:
      return false;
    case CatchUp::State::paused:
      begin_catch_up(id, subscriber, subscriber.at);
      return false;
    case CatchUp::State::finished:
      break;
  }
  if (catch_up.end) {
    finish(id, subscriber, catch_up.end->reason, Error(catch_up.end->error));
    return false;
  }
  const resume::Cursor reached = catch_up.reached;
  subscriber.at = reached;
  if (subscriber.last && reached.optime.ts >= *subscriber.last) {
    finish(id, subscriber, End::Reason::done, {});
    return false;
  }
  if (join(subscriber, reached)) return true;
  begin_catch_up(id, subscriber, reached);
  return false;
}

Hub::Reach Hub::fill_from_ring(Subscriber& subscriber, Text& text) {
  std::size_t budget = tests_at_once;
  while (!text.full() && subscriber.left != 0u) {
    if (subscriber.next < ring_.begin()) return Reach::behind;
    const auto match = next_match(subscriber, budget);
    if (!match) return budget == 0 ? Reach::budget : Reach::top;
    const Ring::Position position = ring_.at(match->seq);
    const resume::Cursor& place = (*position.block)->place(position.index);
    if (is_past_end(subscriber, place)) return Reach::end;
    if (match->verdict == Verdict::open && !is_skipped(subscriber, place)) return Reach::open;
    subscriber.next = match->seq + 1;
    if (!advance(subscriber, place)) continue;
    text.add(in_lines(*position.block, subscriber), position.index);
    if (subscriber.left) --*subscriber.left;
  }
  return subscriber.left == 0u ? Reach::end : Reach::budget;
}

/// The block as this subscriber reads it. Valid until the next call. Those that keep up want the
/// same blocks, so that each is encoded once for all of them.
const SharedBlock& Hub::in_lines(const SharedBlock& block, const Subscriber& subscriber) {
  if (subscriber.line == Line::entry || subscriber.form == Form::frames) return block;
  const auto found = std::ranges::find_if(relined_, [&](const Relined& relined) {
    return relined.block == block && relined.line == subscriber.line;
  });
  if (found != relined_.end()) return found->with_lines;
  if (relined_.size() == relined_blocks) relined_.pop_front();
  SharedBlock other = with_lines(*block, subscriber.line, options_.cursor_text, options_.users);
  relined_.push_back({block, subscriber.line, other ? std::move(other) : block});
  return relined_.back().with_lines;
}

bool Hub::is_skipped(const Subscriber& subscriber, const resume::Cursor& place) {
  return subscriber.skip_through && !comes_before(*subscriber.skip_through, place);
}

/// Its place is now there; false if that is not past what it wants skipped.
bool Hub::advance(Subscriber& subscriber, const resume::Cursor& place) {
  if (is_skipped(subscriber, place)) return false;
  subscriber.skip_through = std::nullopt;
  subscriber.at = place;
  return true;
}

/// Moves on to it; nullopt if there is none, or where the budget is used up.
std::optional<Interest::Match> Hub::next_match(Subscriber& subscriber, std::size_t& budget) {
  Interest& interest = *subscriber.interest;
  const Seq known_from = std::min(interest.known_from(), ring_.end());
  for (; subscriber.next < known_from; ++subscriber.next) {
    if (budget == 0) return std::nullopt;
    --budget;
    const Ring::Position position = ring_.at(subscriber.next);
    const auto operation = oplog::Entry::parse((*position.block)->document(position.index));
    const Verdict verdict = operation ? index_.judge(interest, *operation) : Verdict::no;
    if (verdict != Verdict::no) return Interest::Match{subscriber.next, verdict};
    advance(subscriber, (*position.block)->place(position.index));
  }
  return interest.next_match(subscriber.next);
}

/// Nothing could be taken from the ring: says what comes next.
Delivery::State Hub::rest(SubscriberId id, Subscriber& subscriber, Reach reach) {
  const bool past_last = subscriber.last && ring_.top().optime.ts >= *subscriber.last;
  if (reach == Reach::end || (reach == Reach::top && past_last)) {
    finish(id, subscriber, End::Reason::done, {});
  } else if (reach == Reach::behind || reach == Reach::open) {
    begin_catch_up(id, subscriber, subscriber.at);
  } else if (reach == Reach::budget) {
    return Delivery::State::later;
  } else {
    subscriber.idle = true;
    Interest& interest = *subscriber.interest;
    interest.idle.push_back(id);
    if (interest.idle.size() == interest.subscribers) interest.forget(ring_.end());
  }
  return Delivery::State::nothing;
}

}  // namespace mongotail::serve

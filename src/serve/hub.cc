#include "serve/hub.h"

#include <algorithm>

namespace mongotail::serve {

Hub::Hub(Options options, resume::Cursor start, Wakes& wakes, Past& past)
    : options_(std::move(options)), wakes_(wakes), past_(past), ring_(options_.ring_bytes, start) {}

void Hub::publish(SharedBlock block, resume::Cursor top) {
  const resume::Cursor before = ring_.top();
  const Seq first = ring_.end();
  ring_.push(block, top);
  for (std::size_t i = 0; block && i < block->size(); ++i) {
    ++counters_.operations;
    counters_.bytes += block->bytes_of(Form::lines, i);
    const auto operation = oplog::Entry::parse(block->document(i));
    if (!operation) continue;
    matching_.clear();
    index_.match(*operation, matching_);
    for (const auto& [interest, verdict] : matching_) {
      interest->note_match({first + i, verdict});
      wake(*interest, first + i, before);
    }
  }
  wake_finished();
}

void Hub::wake(Interest& interest, Seq seq, const resume::Cursor& before) {
  for (const SubscriberId id : std::exchange(interest.idle, {})) {
    Subscriber& subscriber = subscribers_.at(id);
    subscriber.idle = false;
    subscriber.next = seq;
    if (!subscriber.skip_through) subscriber.at = before;
    wakes_.ready(id);
  }
}

// Those that wait for nothing but the time of their end.
void Hub::wake_finished() {
  while (!ends_.empty() && ends_.begin()->first <= ring_.top().optime.ts) {
    const SubscriberId id = ends_.begin()->second;
    ends_.erase(ends_.begin());
    if (subscribers_.at(id).idle) wakes_.ready(id);
  }
}

void Hub::roll_back(resume::Cursor common) {
  const Error error{Cause::rolled_back, "the set rolled back what comes after the cursor",
                    "resume from the cursor; what came after it was rolled back"};
  ring_.restart(common);
  for (auto& [id, subscriber] : subscribers_) {
    if (!subscriber.end) subscriber.at = common;
    finish(id, subscriber, End::Reason::rolled_back, error);
  }
}

void Hub::end_all(End::Reason reason, const Error& error) {
  for (auto& [id, subscriber] : subscribers_) finish(id, subscriber, reason, error);
}

Result<SubscriberId> Hub::subscribe(Subscription subscription) {
  auto interest = index_.find_or_add(subscription.selection, ring_.end());
  if (!interest) return fail(std::move(interest.error()));
  const SubscriberId id = next_id_++;
  Subscriber& subscriber = subscribers_[id];
  subscriber.form = subscription.form;
  subscriber.line = subscription.line;
  subscriber.request = std::move(subscription.request);
  subscriber.interest = *interest;
  ++(*interest)->subscribers;
  subscriber.last = subscription.last;
  subscriber.left = subscription.limit;
  if (subscription.last) ends_.emplace(*subscription.last, id);
  place(id, subscriber, subscription.start);
  return id;
}

void Hub::unsubscribe(SubscriberId id) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end()) return;
  Subscriber& subscriber = found->second;
  if (subscriber.catch_up) past_.cancel(id);
  if (subscriber.last) ends_.erase({*subscriber.last, id});
  Interest* interest = subscriber.interest;
  if (subscriber.idle) std::erase(interest->idle, id);
  if (--interest->subscribers == 0) index_.remove(interest);
  subscribers_.erase(found);
}

void Hub::place(SubscriberId id, Subscriber& subscriber, const Start& start) {
  if (std::holds_alternative<StartNow>(start)) {
    join(subscriber, ring_.top());
    return;
  }
  if (const auto* after = std::get_if<StartAfter>(&start)) {
    if (ring_.knows(after->place) && join(subscriber, after->place)) return;
  }
  if (const auto* from = std::get_if<StartFrom>(&start)) {
    const resume::Cursor place{{previous(from->ts)}};
    if (join(subscriber, place)) {
      // No entry need be there: nothing can resume right after it.
      subscriber.at = std::nullopt;
      return;
    }
  }
  begin_catch_up(id, subscriber, std::nullopt);
}

/// False if the ring no longer has all that comes after that place.
bool Hub::join(Subscriber& subscriber, const resume::Cursor& after) {
  if (comes_before(after, ring_.floor())) return false;
  subscriber.catch_up = nullptr;
  subscriber.at = after;
  subscriber.next = ring_.first_after(after);
  if (comes_before(ring_.top(), after)) subscriber.skip_through = after;
  return true;
}

void Hub::begin_catch_up(SubscriberId id, Subscriber& subscriber,
                         const std::optional<resume::Cursor>& after) {
  if (!subscriber.catch_up) subscriber.catch_up = std::make_unique<CatchUp>();
  subscriber.catch_up->state = CatchUp::State::reading;
  ++counters_.catch_ups;
  past_.start(id, subscriber.request, after);
}

void Hub::caught(SubscriberId id, SharedBlock block,
                 const std::optional<resume::Cursor>& position) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end() || !found->second.catch_up) return;
  auto& blocks = found->second.catch_up->blocks;
  if (block && block->empty()) block = nullptr;
  if (!block && !blocks.empty() && !blocks.back().block) blocks.pop_back();
  blocks.push_back({std::move(block), position});
  wakes_.ready(id);
}

void Hub::catch_up_paused(SubscriberId id) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end() || !found->second.catch_up) return;
  found->second.catch_up->state = CatchUp::State::paused;
  wakes_.ready(id);
}

void Hub::caught_up(SubscriberId id, resume::Cursor place) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end() || !found->second.catch_up) return;
  found->second.catch_up->state = CatchUp::State::finished;
  found->second.catch_up->reached = place;
  wakes_.ready(id);
}

void Hub::catch_up_ended(SubscriberId id, End::Reason reason, const Error& error) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end() || !found->second.catch_up) return;
  found->second.catch_up->state = CatchUp::State::finished;
  found->second.catch_up->end = End{reason, error};
  wakes_.ready(id);
}

void Hub::finish(SubscriberId id, Subscriber& subscriber, End::Reason reason, const Error& error) {
  if (subscriber.end) return;
  if (subscriber.catch_up) past_.cancel(id);
  subscriber.end = End{reason, error, cursor(id)};
  subscriber.catch_up = nullptr;
  ++counters_.ends[reason];
  wakes_.ready(id);
}

std::string Hub::cursor(SubscriberId id) const {
  const Subscriber& subscriber = subscribers_.at(id);
  if (subscriber.end) return subscriber.end->cursor;
  if (subscriber.idle && !subscriber.skip_through) return options_.cursor_text(ring_.top());
  return subscriber.at ? options_.cursor_text(*subscriber.at) : "";
}

void Hub::tick(Clock::time_point now) {
  for (auto& [id, subscriber] : subscribers_) {
    if (!subscriber.end) judge(id, subscriber, now);
  }
}

bool Hub::is_behind(const Subscriber& subscriber) const {
  return subscriber.catch_up || (!subscriber.idle && subscriber.next < ring_.begin());
}

void Hub::judge(SubscriberId id, Subscriber& subscriber, Clock::time_point now) {
  if (!is_behind(subscriber)) {
    subscriber.progress = std::nullopt;
    return;
  }
  const bson::Timestamp at = subscriber.at ? subscriber.at->optime.ts : bson::Timestamp{};
  const std::int64_t lag = std::int64_t{ring_.top().optime.ts.seconds} - at.seconds;
  const auto with_reader = subscriber.with_reader +
                           (subscriber.given_at ? now - *subscriber.given_at : Clock::duration{});
  const auto& before = subscriber.progress;
  if (before && now - before->since < options_.drop_after) return;
  // Where the oplog stands still, any step is one nearer.
  const bool nearer =
      before && (lag < before->lag || (ring_.top() == before->top && subscriber.at != before->at));
  // Where most of the time went to waiting for the server, it is not to blame.
  const bool reader_takes_time =
      before && (with_reader - before->with_reader) * 5 > (now - before->since) * 4;
  if (nearer || !reader_takes_time) {
    subscriber.progress = Progress{now, lag, ring_.top(), subscriber.at, with_reader};
    return;
  }
  finish(id, subscriber, End::Reason::slow,
         {Cause::output, "you read more slowly than the oplog grows",
          "resume from the cursor, with a narrower selection or a faster reader"});
}

}  // namespace mongotail::serve

#include "state/history.h"

#include <utility>

#include "oplog/update_diff.h"

namespace mongotail::state {
namespace {

using Kind = Value::Kind;

// What is known of a document that an update changes, if nothing else is.
Value only_id(const oplog::Entry& entry) {
  Value document = Value::of(Kind::object, true);
  const auto id = entry.o2 ? entry.o2->find("_id") : std::nullopt;
  if (id) document.add("_id", Value::of(*id));
  return document;
}

void change(Value& document, const Value& only_id, bson::Document o, Trust trust) {
  if (!document.is(Kind::object)) {
    document = trust == Trust::logged ? only_id : Value();
    if (trust == Trust::by_hand) return;  // it may have changed nothing
  }
  if (!apply_update(document, o, trust)) document = only_id;
}

// Goes through the steps as a Tracker will.
bool is_consistent(const Reconstruction& found) {
  Value document = found.document;
  const Value nothing = Value::of(Kind::object, true);
  for (const Step& step : found.steps) {
    change(document, nothing, step.o.view(), step.trust);
    if (!learn_lessons(document, step.lessons)) return false;
  }
  return true;
}

}  // namespace

Trust trust_in(const oplog::Operation& operation) {
  const bool own = operation.index == oplog::Operation::no_index || operation.transaction;
  return own ? Trust::logged : Trust::by_hand;
}

void History::see(Event event, const oplog::Operation& operation) {
  if (event == Event::none) return;
  events_ = true;
  if (event != Event::update) {
    steps_.clear();
    kept_ = 0;
    overflowed_ = false;
    settled_ = event != Event::renewed;
    begin_ = Place::of(operation);
    return;
  }
  if (settled_ || overflowed_) return;
  kept_ += operation.entry.o.size();
  overflowed_ = kept_ > keep_;
  if (overflowed_) {
    steps_.clear();
    return;
  }
  steps_.push_back(
      {Place::of(operation), bson::OwnedDocument(operation.entry.o), trust_in(operation), {}});
}

std::optional<Reconstruction> History::work_back(Value later) && {
  if (settled_ || overflowed_) return std::nullopt;
  // Of a document that has gone unseen (from a capped collection) nothing follows.
  if (later.is(Kind::absent) && events_) return std::nullopt;
  Reconstruction found{begin_, later, std::move(steps_), std::move(later)};
  for (auto step = found.steps.rbegin(); step != found.steps.rend(); ++step) {
    step->lessons = forget_update(found.document, step->o.view(), step->trust);
  }
  if (!is_consistent(found)) return std::nullopt;
  return found;
}

Tracker::Tracker(std::optional<Reconstruction> before) : before_(std::move(before)) {
  if (before_ && !before_->begin) document_ = before_->document;
}

void Tracker::forget() {
  before_.reset();
  document_ = Value();
}

// Updates that have left the oplog since they were collected.
void Tracker::catch_up(const Place& place) {
  if (!before_) return;
  if (before_->begin && *before_->begin < place) {
    before_->begin.reset();
    document_ = before_->document;
  }
  while (before_ && !before_->begin && !before_->steps.empty() &&
         before_->steps.front().place < place) {
    const Step& step = before_->steps.front();
    change(document_, Value::of(Kind::object, true), step.o.view(), step.trust);
    learn_from_step();
  }
}

void Tracker::see(Event event, const oplog::Operation& operation) {
  if (event == Event::none) return;
  const Place place = Place::of(operation);
  catch_up(place);
  switch (event) {
    case Event::none:
      break;
    case Event::whole:
      document_ = Value::of(operation.entry.o);
      break;
    case Event::gone:
      document_ = Value::absent();
      break;
    case Event::renewed:
      document_ = Value();
      if (before_ && before_->begin == place) {
        before_->begin.reset();
        document_ = before_->document;
      }
      break;
    case Event::update:
      change(document_, only_id(operation.entry), operation.entry.o, trust_in(operation));
      if (before_ && !before_->begin && !before_->steps.empty() &&
          before_->steps.front().place == place) {
        learn_from_step();
      }
      break;
  }
}

void Tracker::learn_from_step() {
  std::vector<Lesson> lessons = std::move(before_->steps.front().lessons);
  before_->steps.pop_front();
  // What was read of the document contradicts the oplog: it is of no use.
  if (!learn_lessons(document_, std::move(lessons))) return forget();
  if (before_->steps.empty()) document_ = std::move(before_->later);
}

}  // namespace mongotail::state

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bson/builder.h"
#include "oplog/operation.h"
#include "oplog/optime.h"
#include "state/apply.h"
#include "state/forget.h"
#include "state/value.h"

namespace mongotail::state {

/// What an operation means to one document.
enum class Event {
  none,     ///< nothing
  whole,    ///< an insert or a replacement: `o` is the document from here on
  update,   ///< `o` changes the document
  gone,     ///< deleted, or its collection dropped or renamed
  renewed,  ///< another collection has the name now: nothing of before holds
};

/// An operation's place in the oplog.
struct Place {
  oplog::OpTime optime;
  std::int32_t index = oplog::Operation::no_index;

  static Place of(const oplog::Operation& operation) { return {operation.optime, operation.index}; }
  auto operator<=>(const Place&) const = default;
};

/// Operations inside an applyOps that is not a transaction were written by whoever sent it.
Trust trust_in(const oplog::Operation& operation);

/// One update, and what is known only after it.
struct Step {
  Place place;
  bson::OwnedDocument o;
  Trust trust = Trust::logged;
  std::vector<Lesson> lessons;
};

/// The document before the oldest of some updates, put together from a later state and them.
struct Reconstruction {
  std::optional<Place> begin;  ///< of the event that it holds after; none: from the start on
  Value document;              ///< before the first step; its fields' order is today's
  std::deque<Step> steps;      ///< up to the later state
  Value later;                 ///< after the last
};

/// Collects a document's updates up to a point where its state is known, and works back from that.
class History {
 public:
  /// Bytes of updates that are kept.
  static constexpr std::size_t most_bytes = 256u << 20;

  explicit History(std::size_t keep = most_bytes) : keep_(keep) {}

  void see(Event event, const oplog::Operation& operation);

  /// More updates came than are kept: work_back() knows nothing.
  bool overflowed() const { return overflowed_; }
  /// What came last leaves nothing to work back to: states are exact from there on by themselves.
  bool is_settled() const { return settled_; }
  /// Any event has been seen.
  bool has_events() const { return events_; }

  /// `later`: the document after all that has been seen; kind absent if there is none. nullopt if
  /// it can't follow from the updates, or has nothing to say of before.
  std::optional<Reconstruction> work_back(Value later) &&;

 private:
  std::size_t keep_;
  std::size_t kept_ = 0;
  bool overflowed_ = false;
  bool settled_ = false;
  bool events_ = false;
  std::optional<Place> begin_;
  std::deque<Step> steps_;
};

/// Follows one document through its operations. Not thread-safe.
class Tracker {
 public:
  /// `before`: what is known at the start, if anything is.
  explicit Tracker(std::optional<Reconstruction> before = std::nullopt);

  /// In the oplog's order.
  void see(Event event, const oplog::Operation& operation);
  /// What was seen last may never have happened: nothing is known any more.
  void forget();

  /// The document after what was seen last. The order of its fields is certain after an insert or a
  /// replacement, and after the last step of what was known before. Of kind object or absent, or
  /// unknown if nothing is known, not even whether it exists.
  const Value& document() const { return document_; }

 private:
  void catch_up(const Place& place);
  /// After the first of the steps that are left has been applied.
  void learn_from_step();

  std::optional<Reconstruction> before_;  // what of it is still to come
  Value document_;
};

}  // namespace mongotail::state

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "match/predicate.h"
#include "match/selection.h"
#include "serve/ring.h"

namespace mongotail::serve {

using SubscriberId = std::uint64_t;

/// Text that is the same for selections that are the same.
std::string selection_key(const match::Selection& selection);

/// A selection that somebody has subscribed to; subscribers with equal selections share it. It
/// remembers which operations matched, as far back as a subscriber that keeps up needs.
class Interest {
 public:
  /// From `since` on every match will be noted.
  Interest(std::string key, match::Selection selection, match::Predicate predicate, Seq since)
      : key_(std::move(key)),
        selection_(std::move(selection)),
        predicate_(std::move(predicate)),
        known_from_(since) {}

  const std::string& key() const { return key_; }
  const match::Selection& selection() const { return selection_; }
  const match::Predicate& predicate() const { return predicate_; }

  void note_match(Seq seq);
  /// Nobody asks for what lies before `next` any more.
  void forget(Seq next);
  /// From here on next_match() knows the answer; what lies before must be tested again.
  Seq known_from() const { return known_from_; }
  /// The first match at or after `from`, which must not lie before known_from().
  std::optional<Seq> next_match(Seq from) const;

  /// Subscribers that have got all there is; whoever finds a match takes them out.
  std::vector<SubscriberId> idle;
  std::size_t subscribers = 0;

 private:
  // 8 KiB; what lies further back costs a subscriber a test of each operation.
  static constexpr std::size_t remembered = 1024;

  std::string key_;
  match::Selection selection_;
  match::Predicate predicate_;
  std::vector<Seq> matches_;
  Seq known_from_;
};

}  // namespace mongotail::serve

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "match/predicate.h"
#include "match/selection.h"
#include "serve/allowance.h"
#include "serve/ring.h"

namespace mongotail::serve {

using SubscriberId = std::uint64_t;

/// Text that is the same for selections that are the same.
std::string selection_key(const match::Selection& selection);

/// What is known of an operation that may match.
enum class Verdict {
  no,
  yes,
  /// The query takes more time than can be spent on it here; a catch-up must judge it.
  open,
};

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

  /// Takes at most 10 ms, and a quarter of the time that passes in the long run; `of_all`: what is
  /// left for the queries of all subscribers.
  Verdict judge(const oplog::Entry& operation, Allowance& of_all);

  struct Match {
    Seq seq = 0;
    Verdict verdict = Verdict::yes;  ///< or open
  };
  void note_match(const Match& match);
  /// Nobody asks for what lies before `next` any more.
  void forget(Seq next);
  /// From here on next_match() knows the answer; what lies before must be tested again.
  Seq known_from() const { return known_from_; }
  /// The first match at or after `from`, which must not lie before known_from().
  std::optional<Match> next_match(Seq from) const;

  /// Subscribers that have got all there is; whoever finds a match takes them out.
  std::vector<SubscriberId> idle;
  std::size_t subscribers = 0;

 private:
  // 16 KiB; what lies further back costs a subscriber a test of each operation.
  static constexpr std::size_t remembered = 1024;

  std::string key_;
  match::Selection selection_;
  match::Predicate predicate_;
  Allowance allowance_{std::chrono::milliseconds(10), 4};
  std::vector<Match> matches_;
  Seq known_from_;
};

}  // namespace mongotail::serve

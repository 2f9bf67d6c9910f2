#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "oplog/entry.h"
#include "serve/interest.h"

namespace mongotail::serve {

/// All selections that are subscribed to, found by what an operation can match: those with an `_id`
/// by its value, those with whole namespaces or databases by their names. Only what is left is
/// tested against every operation.
class InterestIndex {
 public:
  /// The interest in that selection, perhaps one that exists. `next`: the operation that will be
  /// published next. Cause::usage where the selection can't be understood.
  Result<Interest*> find_or_add(const match::Selection& selection, Seq next);
  void remove(Interest* interest);

  struct Candidate {
    Interest* interest = nullptr;
    Verdict verdict = Verdict::yes;  ///< or open
  };
  using Candidates = std::vector<Candidate>;

  /// Appends the interests that the operation matches, or may match.
  void match(const oplog::Entry& operation, Candidates& matching);
  /// Of one interest.
  Verdict judge(Interest& interest, const oplog::Entry& operation) {
    return interest.judge(operation, allowance_);
  }

  std::size_t size() const { return interests_.size(); }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Interests = std::vector<Interest*>;
  using ByText = std::unordered_map<std::string, Interests, TextHash, std::equal_to<>>;

  enum class Kind { id, ns, database, other };
  struct Place {
    Kind kind = Kind::other;
    std::size_t id_hash = 0;
    std::vector<std::string> names;
  };

  static Place place_of(const match::Selection& selection);
  void test(const Interests& interests, const oplog::Entry& operation, Candidates& matching);
  void test(const ByText& interests, std::string_view name, const oplog::Entry& operation,
            Candidates& matching);

  std::unordered_map<std::string, std::unique_ptr<Interest>> interests_;
  std::unordered_map<std::size_t, Interests> by_id_;
  ByText by_ns_, by_database_;
  Interests other_;
  Interests not_by_id_;  // those that a command can match
  Allowance allowance_{std::chrono::milliseconds(20), 2};
};

}  // namespace mongotail::serve

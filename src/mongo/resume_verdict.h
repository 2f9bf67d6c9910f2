#pragma once

#include <optional>
#include <vector>

#include "oplog/optime.h"

namespace mongotail::mongo {

/// Whether a stream can resume exactly, right after an entry it has read.
enum class Verdict {
  exact,        ///< the entry is there: nothing was lost, nothing is repeated
  behind,       ///< this member has not got so far yet; the entry is still to come
  stale,        ///< this member has a history of its own that ends in an older term: it lacks more
  gap,          ///< the oplog no longer reaches back to the entry
  rolled_back,  ///< the set went on without the entry
};

/// What a member's oplog holds, read after the new cursor was opened: so what is there now can't
/// have been cut off before the cursor's begin.
struct ResumeFacts {
  std::optional<oplog::OpTime> same_ts;  ///< the entry with the same ts
  std::optional<oplog::OpTime> oldest;   ///< needed only if there is none
  std::optional<oplog::OpTime> newest;   ///< likewise
};

/// A ts alone proves nothing: two primaries can write entries of the same ts in different terms
/// (seen on 4.2 and 6.0). Where the term of `after` is not known, any term will do.
Verdict judge_resume(oplog::OpTime after, const ResumeFacts& facts);

/// What members say of an entry that none of them has.
struct Absence {
  std::optional<Verdict> current;  ///< of the member that a stream reads; nullopt: no answer
  std::vector<Verdict> others;     ///< of those others that answered
  bool all_answered = true;        ///< no other member keeps silent
};

enum class Missing {
  may_come,     ///< one of them can still get it, or nobody knows
  cut_off,      ///< it is no longer in the oplog
  rolled_back,  ///< the set went on without it
};

/// The member that a stream reads decides; the others do only while that one doesn't answer.
/// Whether to wait for those that keep silent is left to the caller.
Missing judge_absence(const Absence& absence);

}  // namespace mongotail::mongo

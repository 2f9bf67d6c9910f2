#include "mongo/resume_verdict.h"

#include <algorithm>

namespace mongotail::mongo {

Verdict judge_resume(oplog::OpTime after, const ResumeFacts& facts) {
  const bool term_known = after.term != oplog::OpTime::no_term;
  if (facts.same_ts) {
    if (!term_known || facts.same_ts->term == after.term) return Verdict::exact;
    return facts.same_ts->term < after.term ? Verdict::stale : Verdict::rolled_back;
  }
  if (!facts.newest) return Verdict::behind;
  if (facts.oldest && facts.oldest->ts > after.ts) return Verdict::gap;
  const bool ends_earlier = facts.newest->ts < after.ts;
  if (!term_known) return ends_earlier ? Verdict::behind : Verdict::rolled_back;
  // Terms never fall along an oplog: past a newer term the entry can't come any more, and a set
  // that has been in its term doesn't continue a history that ends in an older one.
  if (facts.newest->term < after.term) return ends_earlier ? Verdict::behind : Verdict::stale;
  return ends_earlier && facts.newest->term == after.term ? Verdict::behind : Verdict::rolled_back;
}

Missing judge_absence(const Absence& absence) {
  const auto of_one = [](Verdict verdict) {
    if (verdict == Verdict::gap) return Missing::cut_off;
    return verdict == Verdict::rolled_back ? Missing::rolled_back : Missing::may_come;
  };
  if (absence.current) return of_one(*absence.current);
  if (absence.others.empty()) return Missing::may_come;
  const auto any = [&](Missing wanted) {
    return std::ranges::any_of(absence.others,
                               [&](Verdict each) { return of_one(each) == wanted; });
  };
  if (any(Missing::may_come)) return Missing::may_come;
  return any(Missing::rolled_back) ? Missing::rolled_back : Missing::cut_off;
}

}  // namespace mongotail::mongo

#include "mongo/resume_verdict.h"

namespace mongotail::mongo {

Verdict judge_resume(oplog::OpTime after, const ResumeFacts& facts) {
  const bool term_known = after.term != oplog::OpTime::no_term;
  if (facts.same_ts) {
    return !term_known || facts.same_ts->term == after.term ? Verdict::exact : Verdict::rolled_back;
  }
  if (!facts.newest) return Verdict::behind;
  if (facts.oldest && facts.oldest->ts > after.ts) return Verdict::gap;
  // Terms never fall along an oplog: past a newer term the entry can't come any more.
  const bool may_come = !term_known || facts.newest->term <= after.term;
  return facts.newest->ts < after.ts && may_come ? Verdict::behind : Verdict::rolled_back;
}

}  // namespace mongotail::mongo

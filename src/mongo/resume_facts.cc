#include "mongo/resume_facts.h"

#include "mongo/member.h"

namespace mongotail::mongo {

Result<ResumeFacts> resume_facts(Member& member, bson::Timestamp ts, ReadConcern read_concern) {
  ResumeFacts facts;
  const auto found = optime_at(member, ts, read_concern);
  if (!found) return fail(found.error());
  facts.same_ts = *found;
  if (facts.same_ts) return facts;
  const auto oldest = oldest_entry(member);
  if (!oldest) return fail(oldest.error());
  if (*oldest) facts.oldest = (*oldest)->optime;
  const auto newest = newest_optime(member, read_concern);
  if (!newest) return fail(newest.error());
  facts.newest = *newest;
  // A member that catches up may have got to the entry between the two reads; that it is missing
  // says something only if what is newer was there before.
  const auto again = optime_at(member, ts, read_concern);
  if (!again) return fail(again.error());
  facts.same_ts = *again;
  return facts;
}

}  // namespace mongotail::mongo

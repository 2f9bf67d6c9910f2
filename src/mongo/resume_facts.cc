#include "mongo/resume_facts.h"

namespace mongotail::mongo {

Result<ResumeFacts> resume_facts(OplogReader& reader, bson::Timestamp ts,
                                 ReadConcern read_concern) {
  ResumeFacts facts;
  const auto found = optime_at(reader, ts, read_concern);
  if (!found) return fail(found.error());
  facts.same_ts = *found;
  if (facts.same_ts) return facts;
  const auto oldest = reader.oldest();
  if (!oldest) return fail(oldest.error());
  if (*oldest) facts.oldest = (*oldest)->optime;
  const auto newest = reader.newest(read_concern);
  if (!newest) return fail(newest.error());
  facts.newest = *newest;
  // A member that catches up may have got to the entry between the two reads; that it is missing
  // says something only if what is newer was there before.
  const auto again = optime_at(reader, ts, read_concern);
  if (!again) return fail(again.error());
  facts.same_ts = *again;
  return facts;
}

}  // namespace mongotail::mongo

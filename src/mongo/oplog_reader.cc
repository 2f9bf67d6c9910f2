#include "mongo/oplog_reader.h"

#include "oplog/entry.h"

namespace mongotail::mongo {

Result<std::optional<bson::OwnedDocument>> entry_at(OplogReader& reader, oplog::OpTime optime,
                                                    ReadConcern read_concern) {
  auto found = reader.entry_at(optime.ts, read_concern);
  if (!found || !*found || optime.term == oplog::OpTime::no_term) return found;
  const auto entry = oplog::Entry::parse((*found)->view());
  if (!entry) return fail(entry.error());
  if (entry->optime.term != optime.term) return std::nullopt;
  return found;
}

OplogReader::Place optime_at(OplogReader& reader, bson::Timestamp ts, ReadConcern read_concern) {
  const auto found = reader.entry_at(ts, read_concern);
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  const auto entry = oplog::Entry::parse((*found)->view());
  if (!entry) return fail(entry.error());
  return entry->optime;
}

}  // namespace mongotail::mongo

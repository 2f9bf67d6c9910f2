#include "mongo/entry_lookup.h"

#include <utility>

#include "mongo/back_off.h"
#include "mongo/member.h"
#include "mongo/oplog_cursor.h"
#include "oplog/entry.h"

namespace mongotail::mongo {

OplogLookup::OplogLookup(Connection& connection, std::stop_token stop)
    : connection_(connection), stop_(std::move(stop)) {}
OplogLookup::~OplogLookup() = default;

Result<std::optional<bson::OwnedDocument>> OplogLookup::attempt(bson::Timestamp ts) {
  if (!member_) {
    auto member = connection_.select();
    if (!member) return fail(std::move(member.error()));
    member_ = *std::move(member);
  }
  return entry_at(*member_, ts, ReadConcern::local);
}

Result<std::optional<bson::OwnedDocument>> OplogLookup::find_entry(oplog::OpTime optime) {
  BackOff back_off;
  auto found = attempt(optime.ts);
  while (!found && !stop_.stop_requested() &&
         (found.error().cause == Cause::connection || found.error().cause == Cause::unreachable ||
          found.error().cause == Cause::overtaken)) {
    member_ = nullptr;
    back_off.wait(stop_);
    found = attempt(optime.ts);
  }
  if (!found || !*found || optime.term == oplog::OpTime::no_term) return found;
  const auto entry = oplog::Entry::parse((*found)->view());
  if (!entry) return fail(entry.error());
  if (entry->optime.term != optime.term) return std::nullopt;
  return found;
}

}  // namespace mongotail::mongo

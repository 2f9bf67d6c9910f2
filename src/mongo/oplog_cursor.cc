#include "mongo/oplog_cursor.h"

#include <algorithm>
#include <utility>

#include "mongo/reply_fields.h"
#include "oplog/entry.h"

namespace mongotail::mongo {
namespace {

constexpr const char* database = "local";
constexpr const char* collection = "oplog.rs";

// Larger batches fall out of the processor's caches between libmongoc, formatting and the kernel.
// Drain of 540,000 entries of 920 bytes from a local 6.0.5: 0.70 s with 1,000 to 4,000, 1.05 to
// 1.2 s with the default (16 MB a batch).
constexpr std::int32_t first_batch_size = 128;
constexpr std::int32_t full_batch_size = 4000;
constexpr std::int32_t batch_growth = 4;

// Of large entries fewer are asked for: several replies are in memory at a time.
constexpr std::size_t batch_bytes = 2u << 20;

// A server fills a reply up to 16 MB; the next entry may have been too large for what was left.
constexpr std::size_t large_reply = 8u << 20;

constexpr std::int32_t short_wait_ms = 200;

void append_read_concern(bson::Builder& command, ReadConcern read_concern) {
  command.open_document("readConcern")
      .append("level", read_concern == ReadConcern::majority ? "majority" : "local")
      .close();
}

std::int32_t first_size(const OplogQuery& query) {
  if (query.large_first_batch) return full_batch_size;
  if (query.first_alone) return 1;
  if (query.enough == 0) return first_batch_size;
  // A filter lets some through that are not wanted: for one too few, a whole larger batch would
  // come.
  const std::uint64_t likely = std::min<std::uint64_t>(query.enough, first_batch_size);
  return static_cast<std::int32_t>(
      std::min<std::uint64_t>(likely + 1 + likely / 8, first_batch_size));
}

bson::OwnedDocument find_command(const OplogQuery& query, std::int32_t batch_size) {
  bson::Builder command;
  command.append("find", collection).append("filter", query.filter.view());
  command.append("batchSize", batch_size);
  if (query.kind == OplogQuery::Kind::reverse) {
    command.open_document("sort").append("$natural", -1).close();
  } else {
    // 4.2 seeks to the ts bound only when told that this is a replay; later servers ignore it.
    command.append("oplogReplay", true);
  }
  if (query.kind == OplogQuery::Kind::tail) {
    command.append("tailable", true).append("awaitData", true);
  }
  append_read_concern(command, query.read_concern);
  return command.take();
}

bson::OwnedDocument get_more_command(std::int64_t id, std::int32_t batch_size,
                                     std::optional<std::int32_t> wait_ms) {
  bson::Builder command;
  command.append("getMore", id).append("collection", collection);
  command.append("batchSize", batch_size);
  if (wait_ms) command.append("maxTimeMS", *wait_ms);
  return command.take();
}

// An entry can have 16 MB, of which libmongoc holds two copies and keeps one.
enum class Wanted { entry, position };

// One document, by a find that ends at once.
Result<std::optional<bson::OwnedDocument>> find_one(Member& member, const OplogQuery& query,
                                                    Wanted wanted) {
  bson::Builder command;
  command.append("find", collection).append("filter", query.filter.view());
  command.append("limit", 1).append("singleBatch", true);
  if (wanted == Wanted::position) {
    command.open_document("projection").append("ts", 1).append("t", 1).close();
  }
  if (query.kind == OplogQuery::Kind::reverse) {
    command.open_document("sort").append("$natural", -1).close();
  } else if (!query.filter.view().empty()) {
    command.append("oplogReplay", true);
  }
  append_read_concern(command, query.read_concern);
  const auto reply = member.run(database, command.finish());
  if (!reply) return fail(reply.error());

  const auto entries = first_batch((*reply)->view());
  const auto first = entries ? entries->first() : std::nullopt;
  const auto entry = first ? first->as_document() : std::nullopt;
  if (!entry) return std::nullopt;
  return bson::OwnedDocument(*entry);
}

Result<std::optional<oplog::OpTime>> optime_of(
    const Result<std::optional<bson::OwnedDocument>>& found) {
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  const auto entry = oplog::Entry::parse((*found)->view());
  if (!entry) return fail(entry.error());
  return entry->optime;
}

}  // namespace

Result<OplogCursor> OplogCursor::open(Member& member, const OplogQuery& query) {
  OplogCursor cursor;
  cursor.tail_ = query.kind == OplogQuery::Kind::tail;
  cursor.short_waits_ = query.short_waits;
  cursor.batch_size_ = first_size(query);
  auto reply = member.run(database, find_command(query, cursor.batch_size_).view());
  if (!reply) return fail(reply.error());
  auto batch = cursor.take(*std::move(reply), "firstBatch");
  if (!batch) return fail(batch.error());
  cursor.first_ = *std::move(batch);
  return cursor;
}

Result<std::optional<CursorBatch>> OplogCursor::next(Member& member) {
  if (first_) {
    auto batch = std::exchange(first_, std::nullopt);
    // A tail's cursor that is dead at once says so only after its entries.
    if (!batch->entries.empty() || id_ != 0) return batch;
  }
  if (id_ == 0) return std::nullopt;
  batch_size_ = std::min({batch_size_ * batch_growth, full_batch_size, fitting_});
  const auto wait_ms =
      tail_ ? std::optional(short_waits_ ? std::min(short_wait_ms, member.longest_wait_ms())
                                         : member.longest_wait_ms())
            : std::nullopt;
  auto reply = member.run(database, get_more_command(id_, batch_size_, wait_ms).view());
  if (!reply) return fail(reply.error());
  auto batch = take(*std::move(reply), "nextBatch");
  if (!batch) return fail(batch.error());
  return *std::move(batch);
}

Result<CursorBatch> OplogCursor::take(Reply reply, const char* batch_name) {
  const auto not_understood = [] {
    return fail(Cause::server, "the server's reply to a read of the oplog has an unknown form");
  };
  const auto cursor = reply->view().find("cursor");
  const auto body = cursor ? cursor->as_document() : std::nullopt;
  const auto id = body ? body->find("id") : std::nullopt;
  const auto list = body ? body->find(batch_name) : std::nullopt;
  const auto array = list ? list->as_array() : std::nullopt;
  if (!id || !id->as_int64() || !array) return not_understood();

  id_ = *id->as_int64();
  CursorBatch batch{std::move(reply), {}, false};
  batch.entries.reserve(static_cast<std::size_t>(batch_size_));
  bson::Reader reader(*array);
  bson::Element element;
  while (reader.next(element)) {
    const auto entry = element.as_document();
    if (!entry) return not_understood();
    batch.entries.push_back(*entry);
  }
  if (reader.damaged()) return not_understood();
  if (!batch.entries.empty()) {
    const std::size_t average = array->size() / batch.entries.size() + 1;
    fitting_ = static_cast<std::int32_t>(std::max<std::size_t>(batch_bytes / average, 1));
  }
  batch.full =
      batch.entries.size() >= static_cast<std::size_t>(batch_size_) || array->size() >= large_reply;
  return batch;
}

Result<std::optional<oplog::OpTime>> newest_optime(Member& member, ReadConcern read_concern) {
  return optime_of(
      find_one(member, {{}, read_concern, OplogQuery::Kind::reverse}, Wanted::position));
}

Result<std::optional<oplog::OpTime>> first_optime_from(Member& member, bson::Timestamp ts,
                                                       ReadConcern read_concern) {
  bson::Builder filter;
  filter.open_document("ts").append("$gte", ts).close();
  return optime_of(
      find_one(member, {filter.take(), read_concern, OplogQuery::Kind::forward}, Wanted::position));
}

Result<std::optional<oplog::OpTime>> newest_up_to_term(Member& member, std::int64_t term,
                                                       ReadConcern read_concern) {
  bson::Builder filter;
  filter.open_document("t").append("$lte", term).close();
  return optime_of(
      find_one(member, {filter.take(), read_concern, OplogQuery::Kind::reverse}, Wanted::position));
}

Result<std::optional<OldestEntry>> oldest_entry(Member& member) {
  const auto found =
      find_one(member, {{}, ReadConcern::local, OplogQuery::Kind::forward}, Wanted::entry);
  const auto optime = optime_of(found);
  if (!optime) return fail(optime.error());
  if (!*optime) return std::nullopt;
  const auto entry = oplog::Entry::parse((*found)->view());
  const auto message = entry ? entry->o.find("msg") : std::nullopt;
  return OldestEntry{**optime, message && message->as_text() == "initiating set"};
}

Result<std::optional<bson::OwnedDocument>> entry_at(Member& member, bson::Timestamp ts,
                                                    ReadConcern read_concern) {
  bson::Builder filter;
  filter.append("ts", ts);
  return find_one(member, {filter.take(), read_concern, OplogQuery::Kind::forward}, Wanted::entry);
}

}  // namespace mongotail::mongo

#include "mongo/read_facts.h"

#include <algorithm>
#include <utility>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"
#include "mongo/reply_fields.h"
#include "oplog/entry.h"
#include "oplog/txn_meta.h"

namespace mongotail::mongo {
namespace {

using oplog::OplogFacts;

// Of each question that could take long.
constexpr std::int32_t longest_ms = 300;

// An oplog of so few bytes is read as fast as it is sampled.
constexpr double read_at_once = 16e6;

/// A number field of a server's reply, of whatever type.
std::optional<double> number(bson::Document reply, std::string_view key) {
  const auto field = reply.find(key);
  if (!field) return std::nullopt;
  if (const auto real = field->as_double()) return *real;
  if (const auto whole = field->as_integer()) return static_cast<double>(*whole);
  return std::nullopt;
}

bson::Document batch_of(const Reply& reply) {
  return first_batch(reply->view()).value_or(bson::Document());
}

bson::OwnedDocument end_command(std::int32_t direction) {
  bson::Builder command;
  command.append("find", "oplog.rs").open_document("sort").append("$natural", direction).close();
  command.open_document("projection").append("ts", 1).append("wall", 1).append("_id", 0).close();
  command.append("limit", 1).append("singleBatch", true);
  return command.take();
}

/// Entries of which only the size is sent, and what tells a transaction; or whole ones, for 4.2,
/// which can't say how large they are.
bson::OwnedDocument sample_command(bool whole) {
  const std::int32_t entries = whole ? 500 : 2000;
  bson::Builder command;
  command.append("aggregate", "oplog.rs").open_array("pipeline");
  command.open_document("0").open_document("$sample").append("size", entries).close().close();
  if (!whole) {
    command.open_document("1").open_document("$project").append("_id", 0);
    for (const char* field : {"ts", "op", "ns", "txnNumber", "prevOpTime", "multiOpType"}) {
      command.append(field, 1);
    }
    command.append("o.commitTransaction", 1);
    // Without what is inside.
    command.open_document("applies").open_array("$gt").append("0", "$o.applyOps");
    command.append("1", bson::Element(bson::Type::null, "1", {})).close().close();
    command.open_document("bytes").append("$bsonSize", "$$ROOT").close().close().close();
  }
  command.close();
  command.open_document("cursor").append("batchSize", entries).close();
  command.append("maxTimeMS", longest_ms);
  return command.take();
}

bson::OwnedDocument count_bytes_command(bson::Timestamp from) {
  bson::Builder command;
  command.append("aggregate", "oplog.rs").open_array("pipeline");
  command.open_document("0").open_document("$match").open_document("ts");
  command.append("$gte", from).close().close().close();
  command.open_document("1").open_document("$group");
  command.append("_id", bson::Element(bson::Type::null, "_id", {}));
  command.open_document("bytes").open_document("$sum").append("$bsonSize", "$$ROOT");
  command.close().close().close().close().close();
  command.open_document("cursor").close();
  command.append("maxTimeMS", longest_ms);
  return command.take();
}

/// An entry that is a transaction's, in whole or in part.
bool is_transaction(const oplog::Entry& entry, bool applies) {
  if (!entry.is_command() || !entry.txn_number || !entry.prev_optime) return false;
  return (applies && entry.multi_op_type == 0) || entry.command_name() == "commitTransaction";
}

bool is_transaction(const oplog::Entry& entry) {
  return is_transaction(entry, entry.o.find("applyOps").has_value());
}

class FactsReader {
 public:
  FactsReader(Member& member, const FactsOptions& options) : member_(member), options_(options) {}

  Result<OplogFacts> run() {
    facts_.set_name = member_.set_name();
    facts_.address = member_.address();
    if (auto status = oplog(); !status) return fail(std::move(status.error()));
    if (auto status = retention(); !status) return fail(std::move(status.error()));
    if (options_.members) {
      if (auto status = members(); !status) return fail(std::move(status.error()));
    }
    return std::move(facts_);
  }

 private:
  /// What is refused for a lack of rights is noted; nullopt.
  Result<std::optional<Reply>> ask(const char* database, bson::Document command, const char* what,
                                   const char* role) {
    auto reply = member_.run(database, command);
    if (reply) return std::optional(*std::move(reply));
    if (reply.error().cause != Cause::unauthorized) return fail(std::move(reply.error()));
    facts_.not_allowed.push_back({what, role});
    return std::nullopt;
  }

  Status oplog() {
    for (const std::int32_t direction : {1, -1}) {
      const auto reply =
          ask("local", end_command(direction).view(),
              direction == 1 ? "the first entry" : "the last entry", "read on the database local");
      if (!reply) return fail(reply.error());
      if (!*reply) continue;
      const auto entry = batch_of(**reply).first();
      const auto document = entry ? entry->as_document() : std::nullopt;
      const auto ts = document ? document->find("ts") : std::nullopt;
      if (!ts || !ts->as_timestamp()) {
        return fail(Cause::no_oplog, "the oplog of " + member_.address() + " is empty");
      }
      const auto wall = document->find("wall");
      (direction == 1 ? facts_.first : facts_.last) =
          oplog::OplogEnd{*ts->as_timestamp(), wall ? wall->as_date() : std::nullopt};
    }
    if (auto status = size(); !status) return status;
    if (!facts_.last) return {};
    if (options_.deep || facts_.bytes.value_or(read_at_once + 1) <= read_at_once) {
      if (auto status = read_all(); !status) return status;
    } else {
      count_last_hour();
    }
    sample();
    return {};
  }

  Status size() {
    bson::Builder command;
    const auto reply = ask("local", command.append("collStats", "oplog.rs").finish(),
                           "the oplog's size", "read on the database local");
    if (!reply) return fail(reply.error());
    if (!*reply) return {};
    const bson::Document stats = (**reply)->view();
    facts_.bytes = number(stats, "size");
    facts_.max_bytes = number(stats, "maxSize");
    if (const auto count = number(stats, "count")) {
      facts_.entries = static_cast<std::int64_t>(*count);
    }
    return {};
  }

  // Without it there is the sample: 4.2 can't, and an hour may have too many entries.
  void count_last_hour() {
    const auto begin = oplog::last_hour_begin(facts_.last->ts);
    if (begin <= facts_.first->ts) return;
    const auto reply = member_.run("local", count_bytes_command(begin).view());
    if (!reply) return;
    const auto group = batch_of(*reply).first();
    const auto document = group ? group->as_document() : std::nullopt;
    if (document) facts_.last_hour_bytes = number(*document, "bytes");
  }

  // What can't be learned is done without.
  void sample() {
    auto reply = member_.run("local", sample_command(false).view());
    // 4.2 refuses it at once; one that took too long is not asked for more.
    const bool whole = !reply && reply.error().cause == Cause::server;
    if (whole) reply = member_.run("local", sample_command(true).view());
    if (!reply) return;
    for (const bson::Element& element : batch_of(*reply)) {
      const bson::Document document = element.as_document().value_or(bson::Document());
      const auto entry = oplog::Entry::parse(document);
      if (!entry) continue;
      const double bytes =
          whole ? static_cast<double>(document.size()) : number(document, "bytes").value_or(0);
      facts_.sample.push_back(
          {entry->optime.ts, bytes,
           whole ? is_transaction(*entry) : is_transaction(*entry, flag(document, "applies"))});
    }
  }

  Status read_all() {
    oplog::OplogTotals totals;
    const auto last = facts_.last->ts;
    const auto hour = oplog::last_hour_begin(last);
    bson::Builder filter;
    filter.open_document("ts").append("$gte", bson::Timestamp()).close();
    auto cursor = OplogCursor::open(
        member_, {filter.take(), ReadConcern::local, OplogQuery::Kind::forward, true});
    if (!cursor) return fail(std::move(cursor.error()));
    for (;;) {
      const auto batch = cursor->next(member_);
      if (!batch) return fail(batch.error());
      if (!*batch) break;
      for (const bson::Document document : (*batch)->entries) {
        const auto entry = oplog::Entry::parse(document);
        if (!entry) return fail(entry.error());
        if (entry->optime.ts > last) continue;
        const auto bytes = static_cast<double>(document.size());
        ++totals.entries;
        totals.bytes += bytes;
        if (is_transaction(*entry)) totals.transaction_bytes += bytes;
        if (entry->optime.ts >= hour) totals.last_hour_bytes += bytes;
      }
    }
    facts_.totals = totals;
    return {};
  }

  Status retention() {
    bson::Builder command;
    command.append("serverStatus", 1);
    for (const char* section : {"wiredTiger", "metrics", "tcmalloc", "locks", "repl",
                                "mirroredReads", "opLatencies", "network"}) {
      command.append(section, 0);
    }
    const auto reply = ask("admin", command.finish(), "the minimum retention", "clusterMonitor");
    if (!reply) return fail(reply.error());
    if (!*reply) return {};
    const auto truncation = (**reply)->view().find("oplogTruncation");
    const auto section = truncation ? truncation->as_document() : std::nullopt;
    const auto hours = section ? number(*section, "oplogMinRetentionHours") : std::nullopt;
    if (hours && *hours > 0) facts_.min_retention_hours = hours;
    return {};
  }

  Status members() {
    bson::Builder command;
    const auto reply = ask("admin", command.append("replSetGetStatus", 1).finish(), "the members",
                           "clusterMonitor");
    if (!reply) return fail(reply.error());
    if (!*reply) return {};
    const auto list = (**reply)->view().find("members");
    const auto array = list ? list->as_array() : std::nullopt;
    for (const bson::Element& element : array.value_or(bson::Document())) {
      if (const auto member = element.as_document()) facts_.members.push_back(of(*member));
    }
    return {};
  }

  static oplog::MemberFacts of(bson::Document member) {
    oplog::MemberFacts facts;
    facts.name = text(member, "name");
    facts.state = text(member, "stateStr");
    facts.is_primary = facts.state == "PRIMARY";
    facts.has_data = facts.state != "ARBITER";
    facts.sync_source = text(member, "syncSourceHost");
    const auto optime = member.find("optime");
    const auto document = optime ? optime->as_document() : std::nullopt;
    const auto ts = document ? document->find("ts") : std::nullopt;
    // A member that has not been heard yet has the null timestamp.
    if (ts && ts->as_timestamp() && ts->as_timestamp()->seconds > 0) facts.ts = ts->as_timestamp();
    return facts;
  }

  Member& member_;
  FactsOptions options_;
  OplogFacts facts_;
};

}  // namespace

Result<OplogFacts> read_facts(Connection& connection, const FactsOptions& options) {
  const auto member = connection.select();
  if (!member) return fail(member.error());
  return FactsReader(**member, options).run();
}

}  // namespace mongotail::mongo

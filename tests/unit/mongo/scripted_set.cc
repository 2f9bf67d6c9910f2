#include "scripted_set.h"

#include <algorithm>
#include <utility>

namespace mongotail::mongo {
namespace {

using bson::Timestamp;
using oplog::OpTime;

bson::OwnedDocument document_of(OpTime optime) {
  bson::Builder entry;
  entry.append("ts", optime.ts).append("t", optime.term).append("op", "i").append("ns", "shop.c");
  entry.open_document("o").append("_id", static_cast<std::int32_t>(optime.ts.seconds)).close();
  return entry.take();
}

// The bounds on `ts` of a query.
struct Bounds {
  Timestamp after, from, last{~0u, ~0u}, before{~0u, ~0u};

  explicit Bounds(bson::Document filter) {
    const auto ts = filter.find("ts");
    const auto bounds = ts ? ts->as_document() : std::nullopt;
    if (!bounds) return;
    for (const bson::Element& bound : *bounds) {
      if (bound.key() == "$gt") after = *bound.as_timestamp();
      if (bound.key() == "$gte") from = *bound.as_timestamp();
      if (bound.key() == "$lte") last = *bound.as_timestamp();
      if (bound.key() == "$lt") before = *bound.as_timestamp();
    }
  }
  bool hold(Timestamp ts) const { return ts > after && ts >= from && ts <= last && ts < before; }
  std::uint32_t span() const {
    return std::min(last.seconds, before.seconds) - std::max(after.seconds, from.seconds);
  }
};

void run_next(std::deque<std::function<void()>>& steps) {
  if (steps.empty()) return;
  const auto step = std::move(steps.front());
  steps.pop_front();
  step();
}

class ScriptedReader final : public OplogReader {
 public:
  ScriptedReader(ScriptedMember& member, std::uint32_t id) : member_(member), id_(id) {}
  ~ScriptedReader() override {
    const std::scoped_lock lock(*member_.lock);
    close();
  }

  std::uint32_t server_id() const override { return id_; }
  const std::string& address() const override { return member_.address; }
  const std::string& set_name() const override { return set_name_; }

  Status open(const OplogQuery& query) override {
    const std::scoped_lock lock(*member_.lock);
    close();
    run_next(member_.before_opens);
    if (auto status = reached(); !status) return status;
    const bool has_filter = query.filter.view().find("ns").has_value();
    if (has_filter && member_.refuses_filters) {
      return fail(Cause::server, "that filter is not allowed", "");
    }
    member_.opened.push_back(query);
    query_ = query;
    begin_ = {};
    ended_ = false;
    open_ = true;
    restarts_ = member_.restarts;
    member_.most_cursors = std::max(member_.most_cursors, ++member_.cursors);
    return {};
  }

  Result<std::optional<ReadBatch>> next() override {
    const std::scoped_lock lock(*member_.lock);
    run_next(member_.before_batches);
    if (auto status = reached(); !status) return fail(status.error());
    if (restarts_ != member_.restarts) return fail(Cause::connection, "it restarted", "");
    if (member_.fails_next) return fail(*std::exchange(member_.fails_next, std::nullopt));
    slow_ = is_slow();
    if (slow_) return fail(Cause::connection, "no reply in time", "");
    if (ended_) return std::nullopt;
    auto batch = unread();
    const bool tail = query_.kind == OplogQuery::Kind::tail;
    if (batch.entries.empty() && !tail) {
      close();
      return std::nullopt;
    }
    ended_ = tail && member_.dead_tails;
    if (ended_ && batch.entries.empty()) return std::nullopt;
    return batch;
  }

  Place newest(ReadConcern read_concern) override {
    return newest_where(read_concern, [](OpTime) { return true; });
  }
  Place newest_up_to_term(std::int64_t term, ReadConcern read_concern) override {
    return newest_where(read_concern, [=](OpTime entry) { return entry.term <= term; });
  }
  Place first_from(Timestamp ts, ReadConcern read_concern) override {
    const std::scoped_lock lock(*member_.lock);
    if (auto status = reached(); !status) return fail(status.error());
    for (const OpTime& entry : visible(read_concern)) {
      if (entry.ts >= ts) return entry;
    }
    return std::nullopt;
  }
  Result<std::optional<OldestEntry>> oldest() override {
    const std::scoped_lock lock(*member_.lock);
    if (auto status = reached(); !status) return fail(status.error());
    if (member_.oplog.empty()) return std::nullopt;
    return OldestEntry{member_.oplog.front(), member_.set_begins};
  }
  Result<std::optional<bson::OwnedDocument>> entry_at(Timestamp ts,
                                                      ReadConcern read_concern) override {
    const std::scoped_lock lock(*member_.lock);
    if (auto status = reached(); !status) return fail(status.error());
    for (const OpTime& entry : visible(read_concern)) {
      if (entry.ts == ts) return document_of(entry);
    }
    return std::nullopt;
  }

  std::int32_t longest_wait_ms() const override { return 1000; }
  bool took_too_long(std::chrono::steady_clock::time_point) const override { return slow_; }
  bool another_is_primary() const override { return false; }
  Result<MemberState> state() override { return member_.state; }

 private:
  Status reached() const {
    if (member_.reachable) return {};
    return fail(Cause::connection, "the connection broke", "");
  }

  std::vector<OpTime> visible(ReadConcern read_concern) const {
    auto entries = member_.oplog;
    if (read_concern == ReadConcern::majority && member_.committed) {
      entries.resize(*member_.committed);
    }
    return entries;
  }

  template <class Wanted>
  Place newest_where(ReadConcern read_concern, Wanted wanted) {
    const std::scoped_lock lock(*member_.lock);
    if (auto status = reached(); !status) return fail(status.error());
    std::optional<OpTime> newest;
    for (const OpTime& entry : visible(read_concern)) {
      if (wanted(entry)) newest = entry;
    }
    return newest;
  }

  bool is_slow() const {
    if (!member_.longest_span) return false;
    return query_.kind == OplogQuery::Kind::reverse ||
           Bounds(query_.filter.view()).span() > *member_.longest_span;
  }

  ReadBatch unread() {
    const auto bytes = std::make_shared<std::vector<bson::OwnedDocument>>();
    const Bounds bounds(query_.filter.view());
    for (const OpTime& entry : visible(query_.read_concern)) {
      if (member_.batch_entries && bytes->size() == *member_.batch_entries) break;
      if (bounds.hold(entry.ts) && entry.ts > begin_) bytes->push_back(document_of(entry));
    }
    if (!bytes->empty()) begin_ = *bytes->back().view().find("ts")->as_timestamp();
    ReadBatch batch{bytes, {}, false};
    for (const auto& document : *bytes) batch.entries.push_back(document.view());
    if (query_.kind == OplogQuery::Kind::reverse) std::ranges::reverse(batch.entries);
    return batch;
  }

  void close() {
    if (std::exchange(open_, false)) --member_.cursors;
  }

  ScriptedMember& member_;
  std::uint32_t id_;
  std::string set_name_ = "rs0";
  OplogQuery query_;
  Timestamp begin_;  // up to here it has been read
  bool ended_ = false;
  bool slow_ = false;
  bool open_ = false;
  std::size_t restarts_ = 0;  // at the open
};

}  // namespace

Result<std::unique_ptr<OplogReader>> ScriptedSet::select() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::size_t index = (preferred_ - 1 + i) % members_.size();
    if (members_[index].reachable) return member(static_cast<std::uint32_t>(index) + 1);
  }
  return fail(Cause::unreachable, "no member can be reached", "");
}

Result<std::unique_ptr<OplogReader>> ScriptedSet::member(std::uint32_t server_id) {
  ScriptedMember& member = members_[server_id - 1];
  const std::scoped_lock lock(*member.lock);
  if (!member.reachable) return fail(Cause::unreachable, "it doesn't answer", "");
  ++member.connections;
  return std::make_unique<ScriptedReader>(member, server_id);
}

OplogSet::Others ScriptedSet::others_than(std::optional<std::uint32_t> server_id) {
  Others others;
  for (std::uint32_t id = 1; id <= members_.size(); ++id) {
    if (id == server_id) continue;
    const ScriptedMember& member = members_[id - 1];
    others.all_answered = others.all_answered && member.reachable && member.heard;
    if (member.reachable && member.heard) others.members.push_back(*this->member(id));
  }
  return others;
}

}  // namespace mongotail::mongo

#include "mongo/live_reader.h"

#include <utility>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"

namespace mongotail::mongo {
namespace {

using bson::Timestamp;

class LiveReader final : public OplogReader {
 public:
  explicit LiveReader(std::unique_ptr<Member> member) : member_(std::move(member)) {}

  std::uint32_t server_id() const override { return member_->server_id(); }
  const std::string& address() const override { return member_->address(); }
  const std::string& set_name() const override { return member_->set_name(); }

  Status open(const OplogQuery& query) override {
    cursor_ = std::nullopt;
    auto cursor = OplogCursor::open(*member_, query);
    if (!cursor) return fail(std::move(cursor.error()));
    cursor_ = *std::move(cursor);
    return {};
  }
  Result<std::optional<ReadBatch>> next() override {
    if (!cursor_) return std::nullopt;
    auto batch = cursor_->next(*member_);
    if (!batch) return fail(std::move(batch.error()));
    if (!*batch) return std::nullopt;
    CursorBatch& read = **batch;
    return ReadBatch{std::move(read.reply), std::move(read.entries), read.full};
  }

  Place newest(ReadConcern read_concern) override { return newest_optime(*member_, read_concern); }
  Place newest_up_to_term(std::int64_t term, ReadConcern read_concern) override {
    return mongo::newest_up_to_term(*member_, term, read_concern);
  }
  Place first_from(Timestamp ts, ReadConcern read_concern) override {
    return first_optime_from(*member_, ts, read_concern);
  }
  Result<std::optional<OldestEntry>> oldest() override { return oldest_entry(*member_); }
  Result<std::optional<bson::OwnedDocument>> entry_at(Timestamp ts,
                                                      ReadConcern read_concern) override {
    return mongo::entry_at(*member_, ts, read_concern);
  }

  std::int32_t longest_wait_ms() const override { return member_->longest_wait_ms(); }
  bool took_too_long(std::chrono::steady_clock::time_point begun) const override {
    return member_->took_too_long(begun);
  }
  bool another_is_primary() const override { return member_->another_is_primary(); }
  Result<MemberState> state() override {
    const auto hello = member_->hello();
    if (!hello) return fail(hello.error());
    return MemberState::from((*hello)->view());
  }

 private:
  std::unique_ptr<Member> member_;
  std::optional<OplogCursor> cursor_;
};

class LiveSet final : public OplogSet {
 public:
  explicit LiveSet(Connection& connection) : connection_(connection) {}

  Result<std::unique_ptr<OplogReader>> select() override { return reader(connection_.select()); }
  Result<std::unique_ptr<OplogReader>> member(std::uint32_t server_id) override {
    return reader(connection_.member(server_id));
  }
  Others others_than(std::optional<std::uint32_t> server_id) override {
    auto found = connection_.others_than(server_id);
    Others others{{}, found.all_answered};
    for (auto& member : found.members) {
      others.members.push_back(std::make_unique<LiveReader>(std::move(member)));
    }
    return others;
  }

 private:
  static Result<std::unique_ptr<OplogReader>> reader(Result<std::unique_ptr<Member>> member) {
    if (!member) return fail(std::move(member.error()));
    return std::make_unique<LiveReader>(*std::move(member));
  }

  Connection& connection_;
};

}  // namespace

std::unique_ptr<OplogSet> live_set(Connection& connection) {
  return std::make_unique<LiveSet>(connection);
}

}  // namespace mongotail::mongo

#include "mongo/reverse_source.h"

#include <utility>

#include "mongo/member.h"
#include "mongo/oplog_cursor.h"

namespace mongotail::mongo {

class ReverseSource::State {
 public:
  State(Connection& connection, bson::OwnedDocument filter, bson::OwnedDocument plainer,
        ReadConcern read_concern)
      : connection_(connection),
        query_{std::move(filter), read_concern, OplogQuery::Kind::reverse},
        plainer_(std::move(plainer)) {}

  Result<std::optional<oplog::Batch>> next() {
    if (!cursor_) {
      auto member = connection_.select(Patience::scan);
      if (!member) return fail(member.error());
      member_ = *std::move(member);
      auto cursor = OplogCursor::open(*member_, query_);
      if (!cursor && cursor.error().cause == Cause::server) {
        query_.filter = plainer_;
        cursor = OplogCursor::open(*member_, query_);
      }
      if (!cursor) return fail(cursor.error());
      cursor_ = *std::move(cursor);
    }
    auto batch = cursor_->next(*member_);
    if (!batch) return fail(batch.error());
    if (!*batch) return std::nullopt;
    return to_batch(**std::move(batch));
  }

 private:
  Connection& connection_;
  OplogQuery query_;
  bson::OwnedDocument plainer_;
  std::unique_ptr<Member> member_;
  std::optional<OplogCursor> cursor_;
};

ReverseSource::ReverseSource(Connection& connection, bson::OwnedDocument filter,
                             bson::OwnedDocument plainer, ReadConcern read_concern)
    : state_(std::make_unique<State>(connection, std::move(filter), std::move(plainer),
                                     read_concern)) {}
ReverseSource::~ReverseSource() = default;

Result<std::optional<oplog::Batch>> ReverseSource::next() {
  return state_->next();
}

}  // namespace mongotail::mongo

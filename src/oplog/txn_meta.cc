#include "oplog/txn_meta.h"

namespace mongotail::oplog {
namespace {

EntryKind classify_apply_ops(const Entry& entry) {
  bool partial = false;
  bool prepare = false;
  for (const bson::Element& field : entry.o) {
    if (field.key() == "partialTxn") {
      partial = field.as_bool().value_or(false);
    } else if (field.key() == "prepare") {
      prepare = field.as_bool().value_or(false);
    }
  }
  if (partial) return EntryKind::partial;
  if (prepare) return EntryKind::prepare;
  if (entry.multi_op_type == 1) return EntryKind::retryable_batch;
  const bool first = !entry.prev_optime || entry.prev_optime->is_null();
  return first ? EntryKind::whole : EntryKind::chain_end;
}

}  // namespace

EntryKind classify(const Entry& entry) {
  if (!entry.is_command()) return EntryKind::plain;
  const std::string_view name = entry.command_name();
  if (name == "applyOps") return classify_apply_ops(entry);
  if (name == "commitTransaction") return EntryKind::commit;
  if (name == "abortTransaction") return EntryKind::abort;
  return EntryKind::plain;
}

bool is_transaction(const Entry& entry, EntryKind kind) {
  return kind != EntryKind::plain && kind != EntryKind::retryable_batch && entry.txn_number &&
         entry.prev_optime;
}

}  // namespace mongotail::oplog

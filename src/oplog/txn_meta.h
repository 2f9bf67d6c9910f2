#pragma once

#include "oplog/entry.h"

namespace mongotail::oplog {

/// What an entry means to the unwinding of transactions, by itself: nothing before it is looked at.
enum class EntryKind {
  plain,            ///< an operation of its own, or a command other than those below
  whole,            ///< an applyOps with nothing before it: a transaction, a batch, run by hand
  partial,          ///< an applyOps with partialTxn: a part of a transaction still open
  prepare,          ///< an applyOps with prepare: the last part before a commit or an abort
  chain_end,        ///< an applyOps that names an entry before it: the last part, and the commit
  retryable_batch,  ///< an applyOps with multiOpType 1 (8.0+): what it names before it is not part
  commit,           ///< commitTransaction, of what was prepared
  abort,            ///< abortTransaction
};

EntryKind classify(const Entry& entry);

/// A part of a transaction that becomes visible only through a later entry.
inline bool is_open_part(EntryKind kind) {
  return kind == EntryKind::partial || kind == EntryKind::prepare;
}

/// Whether the operations of an entry of that kind are one transaction's, and not those of a batch
/// or of an applyOps run by hand: these have no txnNumber, or no prevOpTime.
bool is_transaction(const Entry& entry, EntryKind kind);

}  // namespace mongotail::oplog

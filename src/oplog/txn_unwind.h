#pragma once

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/source.h"

namespace mongotail::oplog {

/// Turns stored entries into operations: a plain entry is one operation; an applyOps is as many as
/// it holds, those of a transaction's earlier parts included; a partial, prepare, commit or abort
/// entry is none of its own.
///
///     unwind.feed(entry);
///     while (unwind.next(operation)) …
///
/// Memory is bounded whatever the size of a transaction: parts seen on the way are kept up to a
/// limit, the others are read again through the lookup, one at a time, when the transaction
/// commits.
class TxnUnwind {
 public:
  /// Bytes of open transactions' parts that are kept rather than read again.
  static constexpr std::size_t default_kept_bytes = 16u << 20;

  /// `lookup` must outlive this object.
  explicit TxnUnwind(EntryLookup& lookup, std::size_t kept_bytes = default_kept_bytes);
  ~TxnUnwind();
  TxnUnwind(TxnUnwind&&) noexcept;
  TxnUnwind& operator=(TxnUnwind&&) noexcept;

  /// The next entry of the stream, in order. What next() has not yet handed out of the one before
  /// is dropped. The entry's bytes must stay until next() has returned false or an error.
  /// Cause::history_lost: an earlier part is no longer in the oplog; Cause::damaged: broken BSON,
  /// or parts that do not lead back in time; else what the lookup answered. After an error the
  /// object goes on with the next entry; the same one may be fed again.
  Status feed(const Entry& entry);

  /// False when the entry fed last has no further operation. The operation's views are valid until
  /// the next call of next() or feed(). Errors as in feed(); the entry is then done with.
  Result<bool> next(Operation& operation);

  /// Bytes of open transactions' parts that are kept now.
  std::size_t kept_bytes() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::oplog

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "oplog/apply_ops.h"
#include "oplog/operation.h"
#include "oplog/source.h"

namespace mongotail::oplog {

/// What an entry has lost because its operations can't be read.
struct LeftOut {
  std::int32_t operations = 0;  ///< at least this many
  std::string reason;           ///< why the first one can't be read
};

/// Turns stored entries into operations: a plain entry is one operation; an applyOps is as many as
/// it holds, those of a transaction's earlier parts included; a partial, prepare, commit or abort
/// entry is not one of its own.
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
  static constexpr std::size_t default_kept_bytes = 8u << 20;

  /// `lookup` must outlive this object. Where damage is to be skipped, operations that can't be
  /// read are left out, and the others come with the index that they have.
  explicit TxnUnwind(EntryLookup& lookup, std::size_t kept_bytes = default_kept_bytes,
                     OnDamage on_damage = OnDamage::stop);
  ~TxnUnwind();
  TxnUnwind(TxnUnwind&&) noexcept;
  TxnUnwind& operator=(TxnUnwind&&) noexcept;

  /// The next entry of the stream, in order. What next() has not yet handed out of the one before
  /// is dropped. The entry's bytes must stay until next() has returned false or an error.
  /// Cause::history_lost: an earlier part is no longer in the oplog; Cause::damaged: broken BSON,
  /// or parts that do not lead back in time; else what the lookup answered. After an error the
  /// object continues with the next entry; the same one may be fed again.
  Status feed(const Entry& entry);

  /// False when the entry fed last has no further operation. The operation's views are valid until
  /// the next call of next() or feed(). Errors as in feed(); the entry is then done with.
  Result<bool> next(Operation& operation);

  /// Of the entry fed last, as far as next() has come.
  const LeftOut& left_out() const;

  /// Bytes of open transactions' parts that are kept now.
  std::size_t kept_bytes() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mongotail::oplog

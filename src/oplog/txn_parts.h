#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "bson/builder.h"
#include "oplog/entry.h"

namespace mongotail::oplog {

/// Remembers the parts of transactions that are still open: where each points back to, and its
/// bytes while they fit. Both are bounded, the oldest are forgotten first: whoever asks must be
/// able to read a part again.
class TxnParts {
 public:
  /// About 10 MB: many more than a server keeps open at once.
  static constexpr std::size_t default_max_parts = 100'000;

  explicit TxnParts(std::size_t kept_bytes, std::size_t max_parts = default_max_parts)
      : max_bytes_(kept_bytes), max_parts_(max_parts) {}

  void remember(const Entry& part);

  /// What the part at `optime` points back to (null: nothing); nullopt if it is not remembered.
  std::optional<OpTime> before(OpTime optime) const;
  /// The part's bytes, which are then no longer kept; nullopt if they are not.
  std::optional<bson::OwnedDocument> take_bytes(OpTime optime);

  void forget(OpTime optime);
  /// The part at `optime` and all that it leads back to.
  void forget_chain(OpTime optime);
  /// All parts with the entry's lsid and txnNumber.
  void forget_session_of(const Entry& entry);

  std::size_t kept_bytes() const { return kept_bytes_; }
  std::size_t size() const { return links_.size(); }

 private:
  struct Link {
    OpTime before;
    std::uint64_t session;  // a hash: at worst a part is read again that could have been kept
  };

  void keep(const Entry& part);
  void drop_bytes(OpTime optime);

  std::size_t max_bytes_;
  std::size_t max_parts_;
  std::size_t kept_bytes_ = 0;
  std::map<OpTime, Link> links_;
  std::map<OpTime, bson::OwnedDocument> kept_;
};

}  // namespace mongotail::oplog

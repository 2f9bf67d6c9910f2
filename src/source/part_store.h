#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "bson/builder.h"
#include "oplog/optime.h"
#include "source/byte_input.h"

namespace mongotail::source {

/// Where entries are in a file that can be read again: a few places, so that finding one means
/// reading a little. Any thread may call.
class FileIndex {
 public:
  /// `file` must outlive this object.
  explicit FileIndex(const OpenFile& file) : file_(file) {}

  /// An entry that was read. They come in the file's order.
  void note(bson::Timestamp ts, std::uint64_t offset, std::size_t size);

  Result<std::optional<bson::OwnedDocument>> find(oplog::OpTime optime) const;

 private:
  struct Mark {
    bson::Timestamp ts;
    std::uint64_t offset;
    std::uint64_t end;  // of the entries that belong to it
  };

  void thin_out();
  std::vector<Mark> places_of(bson::Timestamp ts) const;
  Result<std::optional<bson::OwnedDocument>> find_at(const Mark& mark, oplog::OpTime optime) const;

  const OpenFile& file_;
  mutable std::mutex mutex_;
  std::vector<Mark> marks_;
  std::uint64_t spacing_ = 64u << 10;
  bson::Timestamp last_;
  bool sorted_ = true;
};

/// Parts of transactions from an input that can't be read again, in a temporary file without a
/// name. The oldest are overwritten once `max_bytes` are used. Any thread may call.
class PartSpill {
 public:
  explicit PartSpill(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  Status add(oplog::OpTime optime, bson::Document part);
  Result<std::optional<bson::OwnedDocument>> find(oplog::OpTime optime) const;

 private:
  struct Place {
    std::uint64_t offset;
    std::size_t size;
  };
  struct Written {
    std::uint64_t offset;
    std::uint64_t end;
    oplog::OpTime optime;
  };

  Status open();
  void forget_overwritten(std::uint64_t end);

  std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  UniqueFd fd_;
  std::uint64_t next_ = 0;
  std::map<oplog::OpTime, Place> places_;
  std::deque<Written> order_;  // oldest first
};

}  // namespace mongotail::source

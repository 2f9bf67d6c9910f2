#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "bson/view.h"
#include "oplog/operation.h"
#include "oplog/optime.h"

namespace mongotail::oplog {

/// An operation's place among those of its entry; as in Operation.
struct Unwound {
  std::int32_t index = Operation::no_index;
  bool last = true;
  bool transaction = false;
};

/// Where a batch's bytes are in a saved oplog.
struct Origin {
  std::string name;           ///< of the file, for messages
  const std::uint8_t* begin;  ///< of the bytes, in memory
  /// Of the same byte in the (decompressed) file; none if that has another form.
  std::optional<std::uint64_t> offset;
};

/// Entries that arrived together, in the oplog's order. `entries` refer to `bytes`, which keeps
/// them alive; a batch may be moved and handed to another thread.
struct Batch {
  std::shared_ptr<const void> bytes;
  std::vector<bson::Document> entries;
  /// Where somebody else has unwound them already: what each of `entries` is. Else empty.
  std::vector<Unwound> unwound;
  std::optional<Origin> origin;  ///< of `entries`, where they come from a file
  /// No more input is at hand: what has been written should be flushed.
  bool caught_up = false;
  /// Everything up to here has been handed out, also what a filter in the source dropped.
  std::optional<OpTime> watermark;
  /// No entry with a ts up to here comes any more, though nothing with that ts needs to be there:
  /// what an idle server says of its clock. No place to resume at.
  std::optional<bson::Timestamp> silent_to;
  /// Of several sources, merged: which one it is from.
  std::size_t source = 0;
  /// What was handed out after this entry has been rolled back: the set went on without it. The
  /// stream resumes right after this entry, with the next batch.
  std::optional<OpTime> rolled_back_to;
};

/// A stream of oplog entries: a server, a file. Not thread-safe.
class Source {
 public:
  virtual ~Source() = default;

  /// Blocks until there are entries, news of the watermark, or the stream falls idle.
  /// nullopt: the stream has ended as requested.
  virtual Result<std::optional<Batch>> next() = 0;
};

/// Reads single entries again, away from the stream: the earlier parts of a transaction.
class EntryLookup {
 public:
  virtual ~EntryLookup() = default;

  /// The entry with exactly that ts and term; nullopt if the oplog no longer (or never) had it.
  virtual Result<std::optional<bson::OwnedDocument>> find_entry(OpTime optime) = 0;
};

}  // namespace mongotail::oplog

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "base/result.h"
#include "oplog/source.h"
#include "source/entry_scan.h"

namespace mongotail::source {

struct BsonStreamOptions {
  /// Only entries in [since, last] are handed out. Entries before are read all the same, for they
  /// may be parts of transactions; a file is left at its first entry past `last`.
  std::optional<bson::Timestamp> since;
  std::optional<bson::Timestamp> last;
  /// Go on after damage at the next intact entry, and say so to `reporter`, rather than fail.
  bool skip_damaged = false;
  /// At the end of the last file, wait for it to grow, also in the middle of an entry. Cause::input
  /// once it is cut short, removed or replaced. `-` and pipes are read to their end all the same.
  bool follow = false;
  /// What need not be read, nor be handed out: such entries are stepped over by their top level,
  /// and damage inside them is not met. Called by whoever calls next(). Not together with
  /// skip_damaged, which looks for damage everywhere.
  EntryFilter skipped;
  /// Bytes that are read and handed out together; an entry that is larger gets as many as it has.
  std::size_t block_bytes = 256u << 10;
  /// Where what cannot be read again goes to disk (a pipe, gzip): parts of transactions, at most so
  /// much of them, in an unnamed file in $TMPDIR or /var/tmp.
  std::uint64_t spill_bytes = std::uint64_t{4} << 30;
  /// Set by somebody: the stream ends within 100 ms, even while it waits. May be null.
  const std::atomic<bool>* stop = nullptr;
  /// Counts what is read of the files, as they are stored. Must outlive the stream; may be null.
  std::atomic<std::uint64_t>* bytes_read = nullptr;
  /// Where skipped bytes are told of. May be null.
  Reporter* reporter = nullptr;
};

/// Oplog entries from saved BSON: files (as mongodump writes them), standard input, gzip of either;
/// several in order are one stream. Entries and operations may also be lines of Extended JSON, as
/// mongotail prints them. Damage is Cause::damaged and names the byte (of the
/// decompressed data); all entries before it have been handed out by then, and the stream is over.
/// Only at the end of a file that is followed has a batch caught up: an idle pipe has
/// not ended.
///
/// find_entry() finds what was read so far; it may be called from another thread.
class BsonStream : public oplog::Source, public oplog::EntryLookup {
 public:
  /// `-` is standard input. Cause::input where one of the files can't be read; that is looked at
  /// for all of them before anything is read.
  static Result<std::unique_ptr<BsonStream>> open(std::vector<std::string> paths,
                                                  BsonStreamOptions options = {});
  ~BsonStream() override;

  Result<std::optional<oplog::Batch>> next() override;
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime optime) override;

 private:
  class State;
  explicit BsonStream(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mongotail::source

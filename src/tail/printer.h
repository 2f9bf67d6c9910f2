#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"
#include "output/byte_sink.h"
#include "output/format.h"
#include "resume/progress.h"
#include "tail/checkpointer.h"
#include "tail/format_queue.h"
#include "tail/line_block.h"

namespace mongotail::tail {

/// From operations to bytes on stdout, in large blocks and in order, and after each block the
/// cursor.
class Printer {
 public:
  /// All must outlive the printer. With `helper`, a formatter like the first, operations are
  /// formatted on a second thread too; without, each is formatted as it comes.
  struct Parts {
    output::Formatter& formatter;
    output::Formatter* helper;
    output::ByteSink& sink;
    Checkpointer& checkpointer;
  };

  explicit Printer(const Parts& parts);

  /// `bytes` keeps alive what the operation's views refer to; `before`: where the sources stand
  /// before it. Fails as flush() does, for this or an earlier operation.
  Status print(const oplog::Operation& operation, const std::shared_ptr<const void>& bytes,
               const resume::Progress& before);
  /// Text that is ready. Nothing may have been printed since the last flush().
  void append(std::string_view text) { open_.append(text); }

  /// As Formatter::end_transaction(), of the operations printed so far.
  void end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations) {
    // The lines of two threads don't depend on each other.
    if (!queue_) open_.end_transaction(up_to, operations, parts_.formatter);
  }

  /// As Formatter::idle().
  void idle() {
    if (!queue_) open_.idle(parts_.formatter);
  }

  /// Writes all that has been printed, then tells the checkpointer `at`, the position that has been
  /// dealt with, where that is
  /// to move (else nullptr). The first failure is returned once: a document that can't
  /// be formatted, a sink that takes no more. The cursor then stays before what was not written,
  /// and nothing is written any more.
  Status flush(const resume::Progress* at);
  /// There is something that flush() would write.
  bool pending() const { return !open_.empty() || (queue_ && !queue_->empty()); }

  /// The terminal was resized. Nothing may be pending.
  void set_width(int columns);

 private:
  Status hand_over();
  Status write_from_queue(LineBlock block);
  Status write(LineBlock& block);

  Parts parts_;
  LineBlock open_;
  std::vector<LineBlock> spare_;  // written ones, for their memory
  bool failed_ = false;
  std::optional<FormatQueue> queue_;
};

}  // namespace mongotail::tail

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "oplog/operation.h"
#include "output/buffer.h"
#include "output/format.h"
#include "resume/cursor.h"
#include "resume/progress.h"

namespace mongotail::tail {

/// Operations that are written together, before and after they are formatted. It may be moved to
/// another thread with all that it refers to.
class LineBlock {
 public:
  /// Formats at once. Cause::damaged as from the formatter: the text then ends before `operation`.
  Status print(const oplog::Operation& operation, output::Formatter& formatter);

  /// Where the sources of several stood before the first operation; for an empty block.
  void begin(const resume::Progress& before) { before_ = before; }

  /// Keeps the operation for format(). `bytes` is what the views of a whole entry refer to; of an
  /// operation from inside one a copy is made.
  void add(const oplog::Operation& operation, const std::shared_ptr<const void>& bytes);
  /// All that was added, up to the first that can't be: status() then says why.
  void format(output::Formatter& formatter);

  void end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations,
                       output::Formatter& formatter) {
    formatter.end_transaction(up_to, operations, text_);
  }
  void idle(output::Formatter& formatter) { formatter.idle(text_); }
  void append(std::string_view text) { text_.append(text); }

  bool empty() const { return operations_.empty() && text_.size() == 0; }
  /// Of the documents that were added, in bytes.
  std::size_t added() const { return added_; }
  std::string_view text() const { return text_.view(); }
  /// After the last operation of the text, of each source that has one there.
  const resume::Progress& after() const { return after_; }
  const Status& status() const { return status_; }

  /// As if made anew; keeps some memory.
  void clear();

 private:
  std::vector<oplog::Operation> operations_;
  std::vector<std::shared_ptr<const void>> bytes_;
  std::deque<bson::OwnedDocument> copies_;
  std::size_t added_ = 0;
  output::Buffer text_;
  resume::Progress before_, after_;
  Status status_;
};

}  // namespace mongotail::tail

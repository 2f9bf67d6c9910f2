#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "bson/builder.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/buffer.h"
#include "output/event_lines.h"
#include "output/json_lines.h"
#include "serve/cursor_text.h"

namespace mongotail::serve {

/// What a subscriber gets of an operation.
enum class Form {
  lines,   ///< a line of JSON
  events,  ///< a Server-Sent Event: the place as its id, that line as its data
  frames,  ///< a BSON document of the place and the operation's own document
};

/// What a line says of an operation.
enum class Line {
  entry,              ///< the entry, as `-o json` prints it
  entry_with_cursor,  ///< the same with the place at its end
  event,              ///< as `-o event` prints it
};

/// Operations that are encoded already, in order. Never changed once made, so that any number of
/// subscribers and threads may hold it.
class Block {
 public:
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const resume::Cursor& place(std::size_t i) const { return items_[i].place; }
  /// The operation's document; the empty view in a block without frames.
  bson::Document document(std::size_t i) const;
  /// Its frame; the empty view in a block without frames.
  bson::Document frame(std::size_t i) const;
  /// The text of the operations [first, last), in pieces that lie in this block.
  void append_pieces(Form form, std::size_t first, std::size_t last,
                     std::vector<std::string_view>& pieces) const;
  /// Bytes that operation `i` takes in that form.
  std::size_t bytes_of(Form form, std::size_t i) const;
  /// Bytes of memory.
  std::size_t memory() const;

 private:
  friend class BlockBuilder;
  struct Item {
    resume::Cursor place;
    std::uint32_t line_end = 0, mark_end = 0, frame_end = 0;
    std::uint32_t document_size = 0;
  };
  struct Range {
    std::size_t begin = 0, end = 0;
  };

  Range range(std::uint32_t Item::*end, std::size_t first, std::size_t last) const {
    return {first == 0 ? 0 : items_[first - 1].*end, items_[last - 1].*end};
  }
  static std::string_view slice(const std::string& text, Range range) {
    return std::string_view(text).substr(range.begin, range.end - range.begin);
  }

  std::vector<Item> items_;
  std::string lines_;   // {…}\n
  std::string marks_;   // id: …\ndata:·
  std::string frames_;  // BSON
};

using SharedBlock = std::shared_ptr<const Block>;

/// Encodes operations, each once.
class BlockBuilder {
 public:
  struct Forms {
    bool lines = true, marks = true, frames = true;

    static Forms of(Form form) {
      return {form != Form::frames, form == Form::events, form == Form::frames};
    }
  };

  /// `users`, which may be null, are named in events.
  BlockBuilder(CursorText cursor_text, Forms forms, Line line = Line::entry,
               std::shared_ptr<const oplog::UserNames> users = {});

  /// Cause::damaged where the document is; the block is then as it was.
  Status append(const oplog::Operation& operation);
  bool empty() const { return block_ == nullptr; }
  /// Of text so far.
  std::size_t bytes() const { return empty() ? 0 : block_->lines_.size() + block_->frames_.size(); }
  /// What was appended; the builder starts afresh. nullptr if it is empty.
  SharedBlock take();

 private:
  Status append_line(const oplog::Operation& operation, output::Buffer& out);
  void append_frame(const oplog::Operation& operation, std::string_view cursor);

  CursorText cursor_text_;
  Forms forms_;
  std::variant<output::JsonLines, output::EventLines> line_writer_;
  output::Buffer line_;
  bson::Builder frame_;
  std::shared_ptr<Block> block_;
};

/// The same operations with other lines, without frames. `block` must have frames.
SharedBlock with_lines(const Block& block, Line line, const CursorText& cursor_text,
                       const std::shared_ptr<const oplog::UserNames>& users = {});

/// A frame that only tells how far the stream has got.
std::string position_frame(std::string_view cursor);

}  // namespace mongotail::serve

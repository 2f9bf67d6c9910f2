#include "serve/block.h"

#include <utility>

#include "serve/frame.h"

namespace mongotail::serve {
namespace {

constexpr std::string_view event_end = "\n";

// A line of that size may come again; a larger one is not kept room for.
constexpr std::size_t kept_line = 1u << 20;

std::string_view text_of(bson::Document document) {
  return {reinterpret_cast<const char*>(document.bytes().data()), document.size()};
}

}  // namespace

bson::Document Block::document(std::size_t i) const {
  const Item& item = items_[i];
  if (item.document_size == 0) return {};
  // It is the frame's last field: only the frame's closing NUL follows.
  const std::size_t begin = item.frame_end - 1 - item.document_size;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(frames_.data()) + begin;
  return bson::Document::from({bytes, item.document_size}).value_or(bson::Document());
}

bson::Document Block::frame(std::size_t i) const {
  const Range at = range(&Item::frame_end, i, i + 1);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(frames_.data()) + at.begin;
  return bson::Document::from({bytes, at.end - at.begin}).value_or(bson::Document());
}

void Block::append_pieces(Form form, std::size_t first, std::size_t last,
                          std::vector<std::string_view>& pieces) const {
  switch (form) {
    case Form::lines:
      pieces.push_back(slice(lines_, range(&Item::line_end, first, last)));
      break;
    case Form::frames:
      pieces.push_back(slice(frames_, range(&Item::frame_end, first, last)));
      break;
    case Form::events:
      for (std::size_t i = first; i < last; ++i) {
        pieces.push_back(slice(marks_, range(&Item::mark_end, i, i + 1)));
        pieces.push_back(slice(lines_, range(&Item::line_end, i, i + 1)));
        pieces.push_back(event_end);
      }
      break;
  }
}

std::size_t Block::bytes_of(Form form, std::size_t i) const {
  const auto size = [&](std::uint32_t Item::*end) {
    const Range at = range(end, i, i + 1);
    return at.end - at.begin;
  };
  if (form == Form::frames) return size(&Item::frame_end);
  const std::size_t line = size(&Item::line_end);
  return form == Form::lines ? line : line + size(&Item::mark_end) + event_end.size();
}

std::size_t Block::memory() const {
  return sizeof *this + items_.capacity() * sizeof(Item) + lines_.capacity() + marks_.capacity() +
         frames_.capacity();
}

BlockBuilder::BlockBuilder(CursorText cursor_text, Forms forms, Line line,
                           std::shared_ptr<const oplog::UserNames> users)
    : cursor_text_(std::move(cursor_text)),
      forms_(forms),
      line_writer_(output::JsonLines(output::JsonMode::relaxed, line == Line::entry_with_cursor)) {
  if (line == Line::event) {
    line_writer_ = output::EventLines(output::JsonMode::relaxed, false, "shard", std::move(users));
  }
}

Status BlockBuilder::append_line(const oplog::Operation& operation, output::Buffer& out) {
  return std::visit([&](auto& writer) { return writer.append(operation, {}, out); }, line_writer_);
}

Status BlockBuilder::append(const oplog::Operation& operation) {
  if (!block_) block_ = std::make_shared<Block>();
  Block& block = *block_;
  if (forms_.lines) {
    line_.clear(kept_line);
    if (auto status = append_line(operation, line_); !status) {
      if (block.empty()) block_ = nullptr;
      return status;
    }
    block.lines_ += line_.view();
  }
  Block::Item item;
  item.place = resume::cursor_after(operation);
  const std::string cursor = forms_.marks || forms_.frames ? cursor_text_(item.place) : "";
  if (forms_.marks) {
    block.marks_.append("id: ").append(cursor).append("\ndata: ");
  }
  if (forms_.frames) {
    append_frame(operation, cursor);
    item.document_size = static_cast<std::uint32_t>(operation.entry.document.size());
  }
  item.line_end = static_cast<std::uint32_t>(block.lines_.size());
  item.mark_end = static_cast<std::uint32_t>(block.marks_.size());
  item.frame_end = static_cast<std::uint32_t>(block.frames_.size());
  block.items_.push_back(item);
  return {};
}

void BlockBuilder::append_frame(const oplog::Operation& operation, std::string_view cursor) {
  frame_.clear();
  frame_.append("at", cursor);
  if (operation.index != oplog::Operation::no_index) {
    frame_.append("index", operation.index).append("last", operation.last);
    frame_.append("transaction", operation.transaction);
  }
  frame_.append("o", operation.entry.document);
  block_->frames_ += text_of(frame_.finish());
}

SharedBlock BlockBuilder::take() {
  if (!block_) return nullptr;
  // What stays for long takes no more memory than it needs.
  block_->items_.shrink_to_fit();
  block_->lines_.shrink_to_fit();
  block_->marks_.shrink_to_fit();
  block_->frames_.shrink_to_fit();
  return std::exchange(block_, nullptr);
}

SharedBlock with_lines(const Block& block, Line line, const CursorText& cursor_text,
                       const std::shared_ptr<const oplog::UserNames>& users) {
  BlockBuilder builder(cursor_text, {true, true, false}, line, users);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto frame = parse_frame(block.frame(i));
    if (!frame || !frame->operation) return nullptr;
    const auto entry = oplog::Entry::parse(*frame->operation);
    if (!entry) return nullptr;
    const oplog::Operation operation{*entry, entry->optime, frame->index, frame->last,
                                     frame->transaction};
    if (!builder.append(operation)) return nullptr;
  }
  return builder.take();
}

std::string position_frame(std::string_view cursor) {
  return std::string(text_of(bson::Builder().append("at", cursor).finish()));
}

}  // namespace mongotail::serve

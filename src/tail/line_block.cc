#include "tail/line_block.h"

namespace mongotail::tail {
namespace {

// A single line can be much larger than a block; its memory is given back.
constexpr std::size_t kept_text = 1u << 20;

}  // namespace

Status LineBlock::print(const oplog::Operation& operation, output::Formatter& formatter) {
  if (after_.empty() && formatter.tells_positions()) {
    for (std::size_t i = 0; i < before_.sources(); ++i) {
      const auto& at = before_.of(i);
      formatter.set_position(i, at ? std::optional(at->optime) : std::nullopt,
                             at ? at->index : std::nullopt);
    }
  }
  auto status = formatter.append(operation, formatter.tag_of(operation), text_);
  if (!status) return status;
  after_.set(operation.source, resume::cursor_after(operation));
  return {};
}

void LineBlock::add(const oplog::Operation& operation, const std::shared_ptr<const void>& bytes) {
  added_ += operation.entry.document.size();
  operations_.push_back(operation);
  if (operation.index == oplog::Operation::no_index) {
    if (bytes_.empty() || bytes_.back() != bytes) bytes_.push_back(bytes);
    return;
  }
  const bson::Document copy = copies_.emplace_back(operation.entry.document).view();
  auto entry = oplog::Entry::parse(copy);
  if (entry) operations_.back().entry = *entry;
}

void LineBlock::format(output::Formatter& formatter) {
  for (const oplog::Operation& operation : operations_) {
    status_ = print(operation, formatter);
    if (!status_) break;
  }
  operations_.clear();
  copies_.clear();
  bytes_.clear();
  added_ = 0;
}

void LineBlock::clear() {
  operations_.clear();
  copies_.clear();
  bytes_.clear();
  added_ = 0;
  text_.clear(kept_text);
  before_.clear();
  after_.clear();
  status_ = {};
}

}  // namespace mongotail::tail

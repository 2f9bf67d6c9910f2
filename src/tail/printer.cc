#include "tail/printer.h"

#include <utility>

namespace mongotail::tail {
namespace {

// A write of this size costs little beside what it carries, and fits the caches.
constexpr std::size_t block_size = 64u << 10;

// So much of documents is formatted by one thread at a time: large beside what it costs to hand
// over, and little beside the caches.
constexpr std::size_t shared_block_size = 128u << 10;

// There may be several copies of what waits for another thread.
constexpr std::size_t large_document = 2u << 20;

// While the queue holds more, this thread formats too.
constexpr std::size_t longest_queue = 512u << 10;

}  // namespace

Printer::Printer(const Parts& parts) : parts_(parts) {
  if (parts_.helper != nullptr) queue_.emplace(parts_.formatter, *parts_.helper);
}

Status Printer::print(const oplog::Operation& operation, const std::shared_ptr<const void>& bytes,
                      const resume::Progress& before) {
  if (open_.empty() && parts_.formatter.tells_positions()) open_.begin(before);
  if (queue_ && operation.entry.document.size() < large_document) {
    open_.add(operation, bytes);
    return open_.added() >= shared_block_size ? hand_over() : Status();
  }
  if (queue_) {
    // Here and now, after all that comes before it: beside no other one, and not copied.
    if (auto status = flush(nullptr); !status) return status;
  }
  if (auto status = open_.print(operation, parts_.formatter); !status) return status;
  return open_.text().size() >= block_size ? flush(nullptr) : Status();
}

Status Printer::hand_over() {
  queue_->push(std::exchange(open_, LineBlock()));
  if (!spare_.empty()) {
    open_ = std::move(spare_.back());
    spare_.pop_back();
  }
  while (auto block = queue_->pop_if_done()) {
    if (auto status = write_from_queue(*std::move(block)); !status) return status;
  }
  while (queue_->bytes() > longest_queue) {
    if (auto status = write_from_queue(queue_->pop()); !status) return status;
  }
  return {};
}

Status Printer::flush(const resume::Progress* at) {
  while (!failed_ && queue_ && !queue_->empty()) {
    if (auto status = write_from_queue(queue_->pop()); !status) return status;
  }
  if (failed_) return {};
  open_.format(parts_.formatter);
  if (auto status = write(open_); !status) return status;
  if (at != nullptr) parts_.checkpointer.written(*at);
  return parts_.checkpointer.save_if_due();
}

Status Printer::write_from_queue(LineBlock block) {
  if (auto status = write(block); !status) return status;
  spare_.push_back(std::move(block));
  return parts_.checkpointer.save_if_due();
}

Status Printer::write(LineBlock& block) {
  Status status;
  if (!block.text().empty()) status = parts_.sink.write(block.text());
  if (status) {
    parts_.checkpointer.written(block.after());
    status = block.status();
  }
  block.clear();
  failed_ = !status;
  return status;
}

void Printer::set_width(int columns) {
  parts_.formatter.set_width(columns);
  if (parts_.helper != nullptr) parts_.helper->set_width(columns);
}

}  // namespace mongotail::tail

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace mongotail::source {

/// Memory that is read into; never zero-filled.
struct Block {
  explicit Block(std::size_t size)
      : bytes(std::make_unique_for_overwrite<std::uint8_t[]>(size)), capacity(size) {}

  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t capacity;
};

/// Blocks of one size that are used again once nobody has them any more: memory that is new each
/// time costs the kernel as much as what is read into it. Any thread may drop a block, also after
/// the pool has gone.
class BlockPool {
 public:
  explicit BlockPool(std::size_t block_bytes)
      : free_(std::make_shared<Free>()), size_(block_bytes) {}

  /// At least `size` bytes. Larger blocks than the pool's are not kept.
  std::shared_ptr<Block> take(std::size_t size) {
    if (size > size_) return std::make_shared<Block>(size);
    std::unique_ptr<Block> block = free_->take();
    if (!block) block = std::make_unique<Block>(size_);
    return {block.release(),
            [free = free_](Block* used) { free->add(std::unique_ptr<Block>(used)); }};
  }

 private:
  class Free {
   public:
    std::unique_ptr<Block> take() {
      const std::lock_guard lock(mutex_);
      if (blocks_.empty()) return nullptr;
      auto block = std::move(blocks_.back());
      blocks_.pop_back();
      return block;
    }
    void add(std::unique_ptr<Block> block) {
      const std::lock_guard lock(mutex_);
      if (blocks_.size() < most_kept) blocks_.push_back(std::move(block));
    }

   private:
    static constexpr std::size_t most_kept = 8;

    std::mutex mutex_;
    std::vector<std::unique_ptr<Block>> blocks_;
  };

  std::shared_ptr<Free> free_;
  std::size_t size_;
};

}  // namespace mongotail::source

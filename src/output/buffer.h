#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace mongotail::output {

/// Bytes that only grow at the end, in memory that is never zero-filled. Room is reserved once
/// for a value's worst case, then written through a plain pointer:
///
///     char* at = buffer.room(32);
///     …
///     buffer.end_at(at);
class Buffer {
 public:
  /// Where the next byte goes; at least `size` bytes may be written from there.
  char* room(std::size_t size) {
    if (static_cast<std::size_t>(limit_ - at_) < size) grow(size);
    return at_;
  }
  /// The same, for a pointer that has moved on from there: it is as if end_at(at) came first.
  char* room_at(char* at, std::size_t size) {
    if (static_cast<std::size_t>(limit_ - at) >= size) return at;
    at_ = at;
    grow(size);
    return at_;
  }
  /// What was written ends before `at`, which lies within the room asked for.
  void end_at(char* at) { at_ = at; }

  void append(std::string_view text) {
    char* at = room(text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at_ = at + text.size();
  }
  void push_back(char c) {
    *room(1) = c;
    ++at_;
  }

  /// Valid until the next change.
  std::string_view view() const { return {bytes_.get(), size()}; }
  std::size_t size() const { return static_cast<std::size_t>(at_ - bytes_.get()); }
  std::size_t capacity() const { return static_cast<std::size_t>(limit_ - bytes_.get()); }

  /// Forgets what was appended since it had that size.
  void cut_back(std::size_t size) { at_ = bytes_.get() + size; }

  /// Forgets the content, keeps the memory unless it is more than `keep` bytes.
  void clear(std::size_t keep = SIZE_MAX) {
    if (capacity() > keep) {
      bytes_.reset();
      limit_ = nullptr;
    }
    at_ = bytes_.get();
  }

 private:
  void grow(std::size_t size) {
    const std::size_t used = this->size();
    const std::size_t capacity = std::max(used + size, 2 * this->capacity());
    // Large memory is moved by the kernel, so that a document of 16 MB is never there twice.
    void* const bytes = std::realloc(bytes_.get(), capacity);
    if (bytes == nullptr) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(static_cast<char*>(bytes));
    at_ = bytes_.get() + used;
    limit_ = bytes_.get() + capacity;
  }

  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<char, Free> bytes_;
  char* at_ = nullptr;
  char* limit_ = nullptr;
};

}  // namespace mongotail::output

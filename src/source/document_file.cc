#include "source/document_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/safe_text.h"
#include "source/byte_input.h"
#include "source/entry_scan.h"

namespace mongotail::source {
namespace {

constexpr std::size_t block_bytes = 256u << 10;

/// The documents of one file, one after the other.
class Documents {
 public:
  Documents(std::unique_ptr<ByteInput> input, std::string name)
      : input_(std::move(input)), name_(std::move(name)) {}

  /// The empty view at the end. Valid until the next call.
  Result<bson::Document> next() {
    begin_ += size_;
    size_ = 0;
    if (auto filled = fill(4); !filled) return fail(filled.error());
    if (held() == 0) return bson::Document();
    const auto length = held() < 4 ? 0 : bson::load<std::int32_t>(bytes_.data() + begin_);
    if (length < 5 || static_cast<std::size_t>(length) > max_entry_bytes) return damaged();
    if (auto filled = fill(static_cast<std::size_t>(length)); !filled) return fail(filled.error());
    const auto document = bson::Document::from(std::span(bytes_).subspan(begin_));
    if (!document) return damaged();
    size_ = document->size();
    return *document;
  }

 private:
  std::size_t held() const { return bytes_.size() - begin_; }

  Status fill(std::size_t needed) {
    if (held() >= needed || at_end_) return {};
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
    offset_ += std::exchange(begin_, 0);
    while (bytes_.size() < needed && !at_end_) {
      const std::size_t before = bytes_.size();
      bytes_.resize(before + std::max(block_bytes, needed - before));
      const auto read = input_->read(std::span(bytes_).subspan(before));
      bytes_.resize(before + read.value_or(0));
      if (!read) return fail(read.error());
      at_end_ = *read == 0;
    }
    return {};
  }

  tl::unexpected<Error> damaged() const {
    return fail(Cause::damaged,
                fmt::format("{}: byte {} doesn't begin a whole BSON document", safe_text(name_),
                            offset_ + begin_),
                "name the file that mongodump wrote for the collection, such as orders.bson");
  }

  std::unique_ptr<ByteInput> input_;
  std::string name_;
  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;  // of the document handed out last, or after it
  std::size_t size_ = 0;   // of that document
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
};

}  // namespace

Result<std::optional<bson::OwnedDocument>> find_in_file(
    const std::string& path, const std::function<bool(bson::Document)>& wanted,
    const std::atomic<bool>* stop) {
  const auto file = open_file(path);
  if (!file) return fail(file.error());
  auto detected = decompress_if_needed(read_file(*file, stop), path);
  if (!detected) return fail(std::move(detected.error()));
  Documents documents(std::move(detected->input), path);
  while (stop == nullptr || !stop->load(std::memory_order_relaxed)) {
    const auto document = documents.next();
    if (!document) return fail(document.error());
    if (document->bytes().empty()) break;
    if (wanted(*document)) return bson::OwnedDocument(*document);
  }
  return std::nullopt;
}

}  // namespace mongotail::source

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bson/view.h"

namespace mongotail::bson {

/// A document in memory of its own.
class OwnedDocument {
 public:
  OwnedDocument() : bytes_(no_fields.begin(), no_fields.end()) {}
  explicit OwnedDocument(Document document) {
    const Bytes bytes = document.bytes().empty() ? Bytes(no_fields) : document.bytes();
    bytes_.assign(bytes.begin(), bytes.end());
  }

  /// Takes over bytes that are one whole document; nullopt if Document::from() would refuse them
  /// or where more follows.
  static std::optional<OwnedDocument> adopt(std::vector<std::uint8_t> bytes) {
    const auto document = Document::from(bytes);
    if (!document || document->size() != bytes.size()) return std::nullopt;
    return OwnedDocument(std::move(bytes));
  }

  /// Valid until this object is changed or dies. The empty view once this was moved from.
  Document view() const { return Document::from(bytes_).value_or(Document()); }

 private:
  static constexpr std::array<std::uint8_t, 5> no_fields = {5, 0, 0, 0, 0};

  friend class Builder;
  explicit OwnedDocument(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::vector<std::uint8_t> bytes_;
};

/// Writes one document, field after field. Keys must not hold NUL. Nested documents and arrays are
/// opened and closed in order; take() closes those still open.
class Builder {
 public:
  Builder() { open_here(); }

  Builder& append(std::string_view key, double value);
  Builder& append(std::string_view key, std::int32_t value);
  Builder& append(std::string_view key, std::int64_t value);
  Builder& append(std::string_view key, bool value);
  Builder& append(std::string_view key, std::string_view value);
  Builder& append(std::string_view key, const char* value) {
    return append(key, std::string_view(value));
  }
  Builder& append(std::string_view key, Timestamp value);
  /// Milliseconds since 1970.
  Builder& append_date(std::string_view key, std::int64_t millis);
  Builder& append(std::string_view key, Document value);
  Builder& append_array(std::string_view key, Document value);
  Builder& append_binary(std::string_view key, std::uint8_t subtype, Bytes data);
  Builder& append_regex(std::string_view key, std::string_view pattern, std::string_view options);
  /// The element's own key and value.
  Builder& append(const Element& element) { return append(element.key(), element); }
  Builder& append(std::string_view key, const Element& element);

  Builder& open_document(std::string_view key);
  Builder& open_array(std::string_view key);
  Builder& close();

  /// All bytes so far belong to an unfinished document; for callers that need the size.
  std::size_t size() const { return bytes_.size(); }
  /// The finished document; the builder starts afresh.
  OwnedDocument take();
  /// Finishes into memory that the builder keeps; valid until it is next used. Only clear() or
  /// another finish() may follow.
  Document finish();
  /// Forgets what was written, keeps the memory.
  void clear();

 private:
  void header(Type type, std::string_view key);
  void raw(const void* data, std::size_t size);
  void open_here();
  void close_all();

  std::vector<std::uint8_t> bytes_;
  std::vector<std::size_t> open_;
};

/// Keys of arrays: "0", "1", …
std::string_view array_key(std::size_t index, char (&buffer)[24]);

}  // namespace mongotail::bson
